/** What is shown for a refusal, by its code: what happened, and what to do. */
export const problems = {
  unknown: {
    title: 'Something went wrong on our side',
    text: 'Try again in a few minutes. If it stays like this, tell support the reference below.',
  },
  not_found: {
    title: 'There is nothing at this address',
    text: 'Check the address, or go back to where you came from.',
  },
  invalid_request: {
    title: 'Something is missing or has the wrong form',
    text: 'Check what you filled in, and send it again.',
  },
  malformed_body: {
    title: 'The form could not be read',
    text: 'Go back, load the page again, and fill it in once more.',
  },
  csrf_token_invalid: {
    title: 'This page was open for too long',
    text: 'Go back, load the page again, and send it once more. Cookies must be allowed.',
  },
  origin_refused: {
    title: 'This page was opened at another address',
    text: 'Use the address of your organisation exactly as you were given it.',
  },
  tenant_not_found: {
    title: 'Nobody is at this address',
    text: 'Use the link exactly as your message has it.',
  },
  tenant_suspended: {
    title: 'This organisation is closed at the moment',
    text: 'Ask its administrators, or try again later.',
  },
  too_many_requests: { title: 'Too many tries', text: 'Wait a minute and try again.' },
  overloaded: { title: 'The server is busy', text: 'Try again in a moment.' },
  database_unavailable: {
    title: 'The service is not available right now',
    text: 'Try again in a few minutes.',
  },
  registration_closed: {
    title: 'Registration is closed',
    text: 'New members come by invitation only. Ask your administrators.',
  },
  email_invalid: {
    title: 'This is not an e-mail address',
    text: 'Type one plain address, such as ada@example.com.',
  },
  token_invalid: {
    title: 'This link is not valid any more',
    text: 'It was used, replaced by a newer one, has expired, or is incomplete.',
  },
  current_password_wrong: {
    title: 'The current password is not right',
    text: 'Try again. After several failures you have to wait a little.',
  },
  password_too_short: {
    title: 'The password is too short',
    text: 'Several unrelated words make a long password that is easy to remember.',
  },
  password_too_long: {
    title: 'The password is too long',
    text: 'At most 256 characters are possible.',
  },
  password_unsupported_characters: {
    title: 'The password has a character that cannot be used',
    text: 'Letters, digits, signs and spaces of every language are welcome; type it anew.',
  },
  password_too_common: {
    title: 'Many people use this password',
    text: 'Attackers try it first. Choose one that nobody else has.',
  },
  password_too_weak: {
    title: 'The password is easy to guess',
    text: 'Use several unrelated words; not your name, your address or repetitions.',
  },
  password_reused: {
    title: 'You have used this password before',
    text: 'Choose one that is new to this account.',
  },
  password_needs_letters_and_digits: {
    title: 'The password needs letters and digits',
    text: 'Your organisation asks for at least one of each.',
  },
  password_breached: {
    title: 'This password is known from a data breach',
    text: 'Choose another one, and change it wherever else you use it.',
  },
  factor_code_wrong: {
    title: 'The code is not right',
    text: 'Enter the code that the app shows now; each works once.',
  },
  factor_limit_reached: {
    title: 'There are enough of this kind',
    text: 'Remove one that you do not use any more.',
  },
  factor_required: {
    title: 'This is your last second step',
    text: 'Your organisation demands one. Add another one before you remove this.',
  },
  factor_missing: {
    title: 'There is nothing that backup codes could stand in for',
    text: 'Add an authenticator app or a passkey first.',
  },
  factor_not_found: {
    title: 'This entry is gone',
    text: 'It was removed already, or the set-up took too long. Begin again.',
  },
  mfa_disabled: {
    title: 'Your organisation uses no second step',
    text: 'Ask your administrators.',
  },
  webauthn_credential_not_found: {
    title: 'This passkey is gone',
    text: 'It was removed already.',
  },
  webauthn_registration_refused: {
    title: 'The passkey was not accepted',
    text: 'It took too long, or is registered already. Try again.',
  },
  authenticator_not_allowed: {
    title: 'Your organisation does not allow this kind of key',
    text: 'Use one of those that your administrators named.',
  },
  attestation_required: {
    title: 'Your organisation needs to know who made this key',
    text: 'Use a key that your administrators named. A passkey that is kept in an account does not say it.',
  },
  attestation_metadata_outdated: {
    title: 'We can not check this key at the moment',
    text: 'Ask your administrators.',
  },
  captcha_required: {
    title: 'The puzzle was not solved',
    text: 'Your browser solves it while you wait. Send the form once more.',
  },
  name_screening_unavailable: {
    title: 'This is not possible right now',
    text: 'Try again later, or tell the operator.',
  },
  captcha_unavailable: {
    title: 'We can not check the form at the moment',
    text: 'Try again in a minute.',
  },
  invalid_email_sign_in: {
    title: 'This link or code does not work here',
    text: 'It works once, for ten minutes, in the browser that asked for it. Ask for a new one.',
  },
  email_sign_in_disabled: {
    title: 'Signing in by e-mail is not possible here',
    text: 'Your organisation does not use it. Sign in with your password or a passkey.',
  },
  risk_refused: {
    title: 'This looks unusual, so we stopped here',
    text: 'Nothing was changed. Try again from a place and a device that you use often, with your second step; or ask your administrators.',
  },
  session_policy_changed: {
    title: 'Please sign in again',
    text: 'Your organisation asks for more than this session has proven, so it has ended.',
  },
  sms_disabled: {
    title: 'Your organisation uses no SMS',
    text: 'Choose another way.',
  },
  sms_destination_refused: {
    title: 'No SMS are sent to this number',
    text: 'Your organisation does not use numbers of that country. Choose another way.',
  },
  sms_limit_reached: {
    title: 'Too many messages were sent',
    text: 'Wait a while, or choose another way.',
  },
  device_not_found: { title: 'This device is gone', text: 'It was forgotten already.' },
  factor_secret_unavailable: {
    title: 'This second step can not be checked at the moment',
    text: 'Try again later, or choose another way.',
  },
  grant_not_found: {
    title: 'This application is not connected',
    text: 'It was disconnected already.',
  },
  session_not_found: { title: 'This session is over', text: 'It ended already.' },
}
