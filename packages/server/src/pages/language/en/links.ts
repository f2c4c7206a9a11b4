/** Registration, and what links in messages are for. */
export const links = {
  registerTitle: 'Create your account',
  registerLead: 'It takes a minute. We send you a message to confirm your address.',
  registerButton: 'Create account',
  haveAccount: 'Have an account already?',
  name: 'Your name',
  sentTitle: 'Check your mail',
  registeredLead:
    'We sent a message to your address. Open the link in it to confirm your address; it may take a minute to arrive.',
  forgotTitle: 'Reset your password',
  forgotLead:
    'Tell us your address. If it has an account, we send you a link to choose a new password.',
  forgotButton: 'Send the link',
  forgotSentLead:
    'If the address has an account, a message with a link is on its way. The link works once and only for a short time.',
  resentLead: 'If the address waits for its confirmation, a new message is on its way.',
  nothingArrived: 'Nothing arrived? Look into your spam folder, or wait a minute and try again.',

  verifyTitle: 'Confirm your e-mail address',
  verifyLead: 'One click shows that this address is yours and finishes your sign-up.',
  verifyButton: 'Confirm address',
  verifyDoneTitle: 'Your address is confirmed',
  verifyDoneLead: 'You can sign in now.',
  verifyNewLink:
    'If you have confirmed already, just sign in. Otherwise sign in to get a new message.',
  resetTitle: 'Choose a new password',
  resetLead: 'The new password works at once.',
  resetButton: 'Save new password',
  resetDoneTitle: 'Your password is changed',
  resetDoneLead:
    'Every session on every device was ended, and other links to reset the password do not work any more. Sign in with the new password.',
  resetNewLink: 'Ask for a new message to reset your password, and use the link of the newest one.',
  inviteTitle: 'Accept your invitation',
  inviteLead: 'Choose a password and your account is ready.',
  inviteButton: 'Accept invitation',
  inviteDoneTitle: 'Welcome aboard',
  inviteDoneLead: 'Your account is ready. Sign in with your new password.',
  inviteNewLink: 'If you have accepted already, just sign in. Otherwise ask whoever invited you.',
  linkCode: 'Code from your message',
  linkCodeHint: 'The part of the link in your message that follows the sign #.',
  notExpecting: 'Nothing happens until you press the button. Not expecting this? Close the page.',

  passwordHint: 'At least {minimum} characters. A few unrelated words work well.',
  rules: {
    not_common: 'Not one that many people use',
    not_guessable: 'Not a pattern, a date or a keyboard row',
    not_about_yourself: 'Not your name or your address',
    letters_and_digits: 'With letters and digits',
    not_used_before: 'Not one that you used before',
  },
  meter: 'Length of the password',
}
