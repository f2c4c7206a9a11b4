export const sessionAuditEvents = {
  'session.ended': 'One session ended; its access and refresh tokens are refused from now on.',
  'session.several_ended':
    'Several sessions of a user ended at once: by the user, by an administrator, or because a credential changed (`reason`).',
  'session.end_refused': 'A user tried to end a session that is not theirs or does not exist.',
} as const
