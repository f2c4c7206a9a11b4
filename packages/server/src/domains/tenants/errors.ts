import { defineErrors } from '../../kernel/index.ts'

export const tenantErrors = defineErrors({
  tenant_slug_taken: {
    status: 409,
    title: 'Tenant slug not available',
    help: 'Choose another slug; slugs are never used again.',
  },
  tenant_protected: {
    status: 409,
    title: 'This tenant cannot be suspended',
    help: 'The `system` tenant holds the operators: without it nobody could resume a tenant.',
  },
  tenant_settings_refused: {
    status: 422,
    title: 'The settings do not fit together',
    help: '`errors` names each member and why. What a resource server wants has to be in `signing_algorithms`.',
  },
  own_source_excluded: {
    status: 409,
    title: 'The lists would refuse the address that this change comes from',
    help: 'Add the network or the country of your own address to what is allowed, or send `exclude_own_source: true` if you can reach the tenant from elsewhere.',
  },
  sanctions_list_unavailable: {
    status: 422,
    title: 'The server has no sanctions list',
    help: 'Name a list in `COUNTERSIGN_SANCTIONS_FILE` on every node and start again; then set `sanctions_screening`.',
  },
  country_rules_unavailable: {
    status: 422,
    title: 'The server can not tell the country of an address',
    help: 'Name a MaxMind DB file with countries in `COUNTERSIGN_GEO_FILE` on every node and start again; then set `country_deny_list` and `country_allow_list`.',
  },
})
