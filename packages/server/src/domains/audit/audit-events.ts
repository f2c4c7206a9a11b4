/** Refusals that belong to no domain of their own. */
export const commonAuditEvents = {
  'permission.refused': 'A signed-in user called an endpoint that their roles do not allow.',
} as const
