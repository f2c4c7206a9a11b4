export const tokenAuditEvents = {
  'session.refreshed': 'A refresh token was exchanged for its successor.',
  'session.refresh_repeated':
    'A refresh token was presented again within the grace and got the same successor.',
  'session.refresh_refused':
    'A refresh token was refused: unknown, expired, or its session is over (`reason`).',
  'session.device_mismatch':
    'A refresh token of a session that is bound to its device came from another one: the session ended.',
  'session.reuse_detected':
    'A consumed refresh token was presented again: its session ended, and all tokens with it.',
} as const
