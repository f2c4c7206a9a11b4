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
})
