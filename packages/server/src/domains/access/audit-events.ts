export const accessAuditEvents = {
  'role.assigned': 'Someone gave a role to a user.',
  'role.revoked': 'Someone took a role from a user.',
  'role.defined': 'Someone created or changed a role of the tenant.',
  'role.deleted': 'Someone deleted a role of the tenant, which took it from everybody.',
  'role.change_refused': 'Someone tried to give, take or define more than they have themselves.',
  'user.administration_refused': 'Someone tried to administer a user who has more permissions.',
} as const
