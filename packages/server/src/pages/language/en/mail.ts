/** Messages to people. Lines stand under each other; `{link}` and `{code}` stand alone. */
export const mail = {
  validUntil: 'The link works once, until {until}.',
  valid: 'The link works once.',

  messages: {
    verify_email: {
      subject: 'Confirm your e-mail address for {tenant}',
      lines: [
        'Confirm that this address is yours to finish signing up at {tenant}:',
        '',
        '{link}',
        '',
        '{validity}',
        'If you did not sign up, ignore this message; nothing happens without the link.',
      ],
    },
    already_registered: {
      subject: 'You already have an account at {tenant}',
      lines: [
        'Somebody, probably you, tried to sign up at {tenant} with this address.',
        'You already have an account: sign in, or reset your password if you forgot it.',
        'If it was not you, you need not do anything.',
      ],
    },
    reset_password: {
      subject: 'Reset your password for {tenant}',
      lines: [
        'Choose a new password for {tenant}:',
        '',
        '{link}',
        '',
        '{validity}',
        'If you did not ask for it, ignore this message; your password stays as it is.',
      ],
    },
    unlock_account: {
      subject: 'Sign in again at {tenant}',
      lines: [
        'After several failed sign-ins your account at {tenant} makes everyone wait.',
        'This link ends the delay, if there is one, and changes nothing else:',
        '',
        '{link}',
        '',
        '{validity}',
        'If you did not ask for it, ignore this message; your account stays protected.',
      ],
    },
    password_changed: {
      subject: 'Your password for {tenant} was changed',
      lines: [
        'The password of your account at {tenant} was changed at {time}.',
        'If it was not you, reset your password now and tell your administrator.',
      ],
    },
    invitation: {
      subject: 'You are invited to {tenant}',
      lines: [
        'You were invited to {tenant}. Choose a password to accept:',
        '',
        '{link}',
        '',
        '{validity}',
      ],
    },
    confirm_email_change: {
      subject: 'Confirm your new e-mail address for {tenant}',
      lines: [
        'Somebody, probably you, wants to use this address for an account at {tenant}:',
        '',
        '{link}',
        '',
        '{validity}',
        'If it was not you, ignore this message; nothing happens without the link.',
      ],
    },
    email_in_use: {
      subject: 'This address has an account at {tenant}',
      lines: [
        'Somebody, probably you, wanted to use this address for another account at {tenant}.',
        'It has an account already, so nothing was changed. If it was not you, you need not do anything.',
      ],
    },
    email_change_requested: {
      subject: 'Another e-mail address was asked for at {tenant}',
      lines: [
        'Somebody, probably you, asked to replace this address of your account at {tenant} at {time}.',
        'If it was not you, stop it here, also if it has happened already; then reset your password:',
        '',
        '{link}',
        '',
        '{validity}',
      ],
    },
    email_changed: {
      subject: 'Your e-mail address for {tenant} was changed',
      lines: [
        'Your account at {tenant} has had another address since {time}; this one can not be used there any more.',
        'If it was not you, use the link of our message before this one and tell your administrator.',
      ],
    },
    email_change_undone: {
      subject: 'Your e-mail address for {tenant} stays as it was',
      lines: [
        'This is the address of your account at {tenant}, and everybody was signed out.',
        'Reset your password now: whoever asked for another address was signed in.',
      ],
    },
    sign_in_link: {
      subject: 'Your link to sign in to {tenant}',
      lines: [
        'Sign in to {tenant}:',
        '',
        '{link}',
        '',
        'It works once, until {until}, for the one who asked for it.',
        'Never pass it on. If you did not ask for it, ignore this message.',
      ],
    },
    sign_in_code: {
      subject: 'Your code for {tenant}',
      lines: [
        'Sign in to {tenant} with this code:',
        '',
        'Your code: {code}',
        '',
        'It works once, until {until}, for the one who asked for it.',
        'Never pass it on. If you did not ask for it, ignore this message.',
      ],
    },
    new_device: {
      subject: 'New sign-in to your account at {tenant}',
      lines: [
        'Somebody signed in to your account at {tenant} on a device that was not used for it before.',
        '',
        'Device:  {device}',
        'Time:    {time}',
        'Address: {address}',
        '',
        'If it was you, you need not do anything.',
        'If it was not you, change your password now: that signs every device out.',
      ],
    },
    factor_added: {
      subject: 'A second factor was added at {tenant}',
      lines: [
        '{factor} was added to your account at {tenant} at {time}.',
        'If it was not you, change your password now and tell your administrator.',
      ],
    },
    factor_removed: {
      subject: 'A second factor was removed at {tenant}',
      lines: [
        'A second factor was removed from your account at {tenant} at {time}.',
        'If it was not you, change your password now and tell your administrator.',
      ],
    },
    backup_codes_made: {
      subject: 'New backup codes at {tenant}',
      lines: [
        'New backup codes replaced the old ones of your account at {tenant} at {time}.',
        'If it was not you, change your password now and tell your administrator.',
      ],
    },
    backup_code_used: {
      subject: 'A backup code was used at {tenant}',
      lines: [
        'A backup code was used for your account at {tenant} at {time}.',
        'If it was not you, change your password now and tell your administrator.',
      ],
    },
    clone_suspected: {
      subject: 'There may be a copy of your passkey or security key at {tenant}',
      lines: [
        'Somebody may have used a copy of a passkey or security key, which is blocked now, for your account at {tenant} at {time}.',
        'If it was not you, change your password now and tell your administrator.',
      ],
    },
  },

  factors: {
    any: 'A second factor',
    totp: 'An authenticator app',
    hotp: 'A token that shows codes',
    sms: 'A phone number for codes by SMS (which can be intercepted: an app or a passkey is safer)',
  },

  smsCode: '{code} is your code for {tenant}. Never tell it to anybody.',
}
