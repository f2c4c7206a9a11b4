/** Refusals that belong to no domain of their own. */
export const commonAuditEvents = {
  'cross_site_request.refused':
    'A request with a session cookie lacked the CSRF token that belongs to it.',
  'permission.refused': 'A signed-in user called an endpoint that their roles do not allow.',
} as const
