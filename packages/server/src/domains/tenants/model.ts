import type { TenantRef, TenantStatus } from '../../kernel/index.ts'
import type { TenantSettings } from './settings.ts'

export interface Tenant extends TenantRef {
  readonly name: string
  readonly status: TenantStatus
  readonly settings: TenantSettings
  readonly createdAt: Date
}

/** Users of this tenant are the operators of the installation. */
export const SYSTEM_TENANT_SLUG = 'system'
