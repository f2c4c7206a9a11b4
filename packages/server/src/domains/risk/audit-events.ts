export const riskAuditEvents = {
  'risk.refused':
    'A sign-in, a session or a sensitive change was refused because of its risk; `reasons` says why.',
} as const
