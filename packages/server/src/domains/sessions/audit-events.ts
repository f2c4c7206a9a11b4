export const sessionAuditEvents = {
  'session.ended': 'One session ended; its access and refresh tokens are refused from now on.',
  'session.several_ended':
    'Several sessions of a user ended at once: by the user, by an administrator, or because a credential changed (`reason`).',
  'session.end_refused': 'A user tried to end a session that is not theirs or does not exist.',
  'session.renamed': 'A user gave one of their own sessions another name, or took its name away.',
  'session.rename_refused':
    'A user tried to name a session that is over, not theirs, or does not exist.',
} as const
