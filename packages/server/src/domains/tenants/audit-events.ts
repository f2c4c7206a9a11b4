/** Written to the trail of the `system` tenant, whose users are the operators. */
export const tenantAuditEvents = {
  'tenant.created': 'An operator created a tenant.',
  'tenant.updated': 'An operator changed the name or the settings of a tenant.',
  'tenant.suspended': 'An operator suspended a tenant: nothing of it works any more.',
  'tenant.resumed': 'An operator resumed a suspended tenant.',
} as const
