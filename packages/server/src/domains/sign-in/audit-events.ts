export const signInAuditEvents = {
  'session.started': 'A user proved every factor that was asked for and got a session.',
  'sign_in.refused': 'A sign-in failed. `reason` says why; the caller was not told.',
  'sign_in.challenged': 'A first factor was right; a second one, or its enrolment, was asked for.',
  'sign_in.mail_requested':
    'A link or a code to sign in with was asked for. `refused`: nothing was sent; the caller was not told.',
  'step_up.started': 'A signed-in user was asked to prove again who they are.',
  'step_up.completed': 'A signed-in user proved again who they are; the session says so.',
  'step_up.refused': 'A step-up was not possible, or its proof was wrong. `reason` says why.',
  'access_token.refused':
    'Somebody presented an access token that is not ours, was changed, or is of an ended session.',
} as const
