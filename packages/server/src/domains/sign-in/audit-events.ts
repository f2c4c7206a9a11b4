export const signInAuditEvents = {
  'session.started': 'A user proved every factor that was asked for and got a session.',
  'sign_in.refused': 'A sign-in failed. `reason` says why; the caller was not told.',
  'access_token.refused':
    'Somebody presented an access token that is not ours, was changed, or is of an ended session.',
} as const
