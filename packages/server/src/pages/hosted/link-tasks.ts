/** What a link in a message is for, and every word of its page. */
export interface LinkTask {
  /** Last segment of the address, as the message has it. */
  readonly page: string
  /** Below `/t/{tenant}/api/auth/`. */
  readonly endpoint: string
  readonly choosesPassword: boolean
  /** The browser that asked for it is signed in, with a cookie. */
  readonly signsIn?: true
  readonly heading: string
  readonly lead: string
  readonly button: string
  readonly done: { readonly heading: string; readonly text: string }
  /** What to do when the link is used, expired, replaced or incomplete. */
  readonly newLink: string
}

export const linkTasks: readonly LinkTask[] = [
  {
    page: 'verify-email',
    endpoint: 'verify-email',
    choosesPassword: false,
    heading: 'Confirm your e\u2011mail address',
    lead: 'One click shows that this address is yours and finishes your sign-up.',
    button: 'Confirm address',
    done: {
      heading: 'Your address is confirmed',
      text: 'You can close this page and sign in.',
    },
    newLink: 'If you have confirmed already, just sign in. Otherwise ask for a new message there.',
  },
  {
    page: 'confirm-email',
    endpoint: 'email/confirm',
    choosesPassword: false,
    heading: 'Confirm your new e\u2011mail address',
    lead: 'One click makes this the address of your account; you will be signed out everywhere.',
    button: 'Use this address',
    done: {
      heading: 'Your address is changed',
      text: 'Every session was ended. You can close this page and sign in with the new address.',
    },
    newLink: 'If you have confirmed already, just sign in. Otherwise ask for the change again.',
  },
  {
    page: 'undo-email',
    endpoint: 'email/undo',
    choosesPassword: false,
    heading: 'Keep your e\u2011mail address',
    lead: 'One click stops the change, or takes it back, and signs everybody out of your account.',
    button: 'Keep this address',
    done: {
      heading: 'Your address stays as it was',
      text: 'Everybody was signed out. Sign in and choose another password now.',
    },
    newLink: 'If you have used it already, all is done. Otherwise tell your administrator.',
  },
  {
    page: 'reset-password',
    endpoint: 'password/reset',
    choosesPassword: true,
    heading: 'Choose a new password',
    lead: 'The new password works at once; you will be signed out everywhere else.',
    button: 'Save new password',
    done: {
      heading: 'Your password is changed',
      text: 'Every session was ended. You can close this page and sign in with the new password.',
    },
    newLink: 'Ask for a new message to reset your password, and use the link of the newest one.',
  },
  {
    page: 'unlock',
    endpoint: 'unlock/confirm',
    choosesPassword: false,
    heading: 'Sign in without delay again',
    lead: 'After several failed sign-ins your account makes everyone wait. If you know your password, end the delay here.',
    button: 'End the delay',
    done: {
      heading: 'The delay is over',
      text: 'You can close this page and sign in. If the failed sign-ins were not yours, choose a new password.',
    },
    newLink: 'If you have used it already, just sign in. Otherwise ask for a new message there.',
  },
  {
    page: 'invitation',
    endpoint: 'invitations/accept',
    choosesPassword: true,
    heading: 'Accept your invitation',
    lead: 'Choose a password and your account is ready.',
    button: 'Accept invitation',
    done: {
      heading: 'Welcome aboard',
      text: 'Your account is ready. You can close this page and sign in.',
    },
    newLink: 'If you have accepted already, just sign in. Otherwise ask whoever invited you.',
  },
  {
    page: 'magic-link',
    endpoint: 'magic-link/verify',
    choosesPassword: false,
    signsIn: true,
    heading: 'Sign in',
    lead: 'One click signs you in, if this is the browser that asked for the link.',
    button: 'Sign in',
    done: {
      heading: 'You are signed in',
      text: 'You can close this page and go on where you began.',
    },
    newLink:
      'Links work once, for ten minutes, in the browser that asked for them. Ask for a new one there.',
  },
]

/** What is shown for a refusal, by code; other codes are shown with the server's own title. */
export function refusalTexts({ newLink }: LinkTask): readonly RefusalText[] {
  return [
    {
      code: 'link_incomplete',
      title: 'Open the link in your message again',
      text: LINK_INCOMPLETE,
    },
    { code: 'token_invalid', title: 'This link is not valid any more', text: newLink },
    { code: 'invalid_email_sign_in', title: 'This link is not valid any more', text: newLink },
    { code: 'further_step', title: 'One more step is needed', text: FURTHER_STEP },
    { code: 'no_answer', title: 'The server did not answer', text: NO_ANSWER },
    ...COMMON_TEXTS,
  ]
}

export interface RefusalText {
  readonly code: string
  readonly title: string
  readonly text: string
}

const LINK_INCOMPLETE =
  'The last part of the address is missing. That is normal after a reload: it works only once, so it is kept out of your history.'
const FURTHER_STEP =
  'Your account asks for another factor. Go back to where you asked for the link, and sign in there.'
const NO_ANSWER =
  'Check your connection and try again. If the link is then refused, the first try may have worked.'

const COMMON_TEXTS: readonly RefusalText[] = [
  {
    code: 'password_too_short',
    title: 'The password is too short',
    text: 'Several unrelated words make a long password that is easy to remember.',
  },
  {
    code: 'password_too_long',
    title: 'The password is too long',
    text: 'At most 256 characters are possible.',
  },
  {
    code: 'password_unsupported_characters',
    title: 'The password has a character that cannot be used',
    text: 'Letters, digits, signs and spaces of every language are welcome; type it anew.',
  },
  {
    code: 'password_too_common',
    title: 'Many people use this password',
    text: 'Attackers try it first. Choose one that nobody else has.',
  },
  {
    code: 'password_too_weak',
    title: 'The password is easy to guess',
    text: 'Use several unrelated words; not your name, your address or repetitions.',
  },
  {
    code: 'password_reused',
    title: 'You have used this password before',
    text: 'Choose one that is new to this account.',
  },
  {
    code: 'password_needs_letters_and_digits',
    title: 'The password needs letters and digits',
    text: 'Your organisation asks for at least one of each.',
  },
  {
    code: 'captcha_required',
    title: 'One more check is needed',
    text: 'Try again: your browser then solves a small task, which keeps programs from guessing.',
  },
  {
    code: 'captcha_unavailable',
    title: 'The check for people is not available right now',
    text: 'Try again in a few minutes. The link stays valid.',
  },
  {
    code: 'password_breached',
    title: 'This password is known from a data breach',
    text: 'Choose another one, and change it wherever else you use it.',
  },
  {
    code: 'tenant_not_found',
    title: 'Nobody is at this address',
    text: 'Use the link exactly as your message has it.',
  },
  {
    code: 'tenant_suspended',
    title: 'This organisation is closed at the moment',
    text: 'Ask its administrators. The link may still work when it opens again.',
  },
  {
    code: 'origin_refused',
    title: 'This page was opened at another address',
    text: 'Use the link exactly as your message has it.',
  },
  {
    code: 'too_many_requests',
    title: 'Too many tries',
    text: 'Wait a minute and try again. The link stays valid.',
  },
  {
    code: 'overloaded',
    title: 'The server is busy',
    text: 'Try again in a moment. The link stays valid.',
  },
  {
    code: 'database_unavailable',
    title: 'The service is not available right now',
    text: 'Try again in a few minutes. The link stays valid.',
  },
  {
    code: 'internal_error',
    title: 'Something went wrong on our side',
    text: 'Try again in a few minutes. If it stays like this, tell support the reference below.',
  },
]
