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
  resendLead: 'We send you another message with a link.',
  resentLead: 'If the address waits for its confirmation, a new message is on its way.',
  nothingArrived: 'Nothing arrived? Look into your spam folder, or wait a minute and try again.',

  verifyTitle: 'Confirm your e‑mail address',
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

  magicRequestTitle: 'Sign in by e‑mail',
  magicRequestLead:
    'No password needed: we send a message to your address, which lets you in once.',
  magicSendLink: 'Send me a link',
  magicSendCode: 'Send me a code',
  magicSentLead:
    'If the address may sign in like this, a message with a link is on its way. Open it in this browser within ten minutes.',
  magicCodeLead:
    'If the address may sign in like this, a message with a code is on its way. Enter it here within ten minutes.',
  magicCode: 'Code from the message',
  magicAgain: 'Send another message',
  magicTitle: 'Sign in with this link',
  magicLead: 'One click signs you in, if this is the browser that asked for the link.',
  magicButton: 'Sign in',
  magicNewLink:
    'Links work once, for ten minutes, in the browser that asked for them. Ask for a new one there.',

  delayOffer: 'Do you have to wait after failed tries?',
  delayTitle: 'End the delay',
  delayLead:
    'After several failed sign-ins everyone has to wait, you too. Tell us your address: if its account is delayed, we send you a link that ends it.',
  delaySentLead:
    'If the address has an account, a message with a link is on its way. The link works once and only for a short time.',
  unlockTitle: 'End the delay',
  unlockLead:
    'Failed sign-ins made your account wait. One click ends that, and changes nothing else.',
  unlockButton: 'End the delay',
  unlockDoneTitle: 'The delay is over',
  unlockDoneLead: 'You can sign in now. If the failed tries were not yours, consider a passkey.',
  unlockNewLink: 'Perhaps the delay is over already: try to sign in, or ask for a new message.',

  confirmEmailTitle: 'Confirm your new address',
  confirmEmailLead: 'One click makes this the address of your account. You sign in anew then.',
  confirmEmailButton: 'Use this address',
  confirmEmailDoneTitle: 'Your address is changed',
  confirmEmailDoneLead: 'Every session was ended. Sign in with the new address.',
  confirmEmailNewLink: 'Ask for the change again in your account, and use the newest link.',
  undoEmailTitle: 'Keep your old address',
  undoEmailLead:
    'One click takes the change of your address back, whether it has happened or not, and signs everybody out.',
  undoEmailButton: 'Keep my address',
  undoEmailDoneTitle: 'Your address stays as it was',
  undoEmailDoneLead:
    'Every session was ended. Reset your password now: whoever asked for another address was signed in.',
  undoEmailNewLink: 'If your address was changed against your will, tell your administrator now.',

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
