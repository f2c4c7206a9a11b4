import { z } from 'zod'
import { contentTag } from '../../platform/http/index.ts'
import type { Tenant } from './model.ts'
import { tenantSettingsPatchSchema, tenantSettingsSchema } from './settings.ts'

export const tenantSlugSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and inner hyphens')

export const createTenantSchema = z.strictObject({
  slug: tenantSlugSchema,
  name: z.string().min(1).max(200),
  settings: tenantSettingsPatchSchema.optional(),
})

export const updateTenantSchema = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  status: z.enum(['active', 'suspended']).optional(),
  settings: tenantSettingsPatchSchema.optional(),
  exclude_own_source: z.boolean().optional(),
})

export const tenantSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.enum(['active', 'suspended']),
  issuer: z.string(),
  settings: tenantSettingsSchema,
  created_at: z.iso.datetime(),
})

export function presentTenant(tenant: Tenant): z.input<typeof tenantSchema> {
  return {
    id: tenant.id,
    slug: tenant.slug,
    name: tenant.name,
    status: tenant.status,
    issuer: tenant.issuer,
    settings: tenant.settings,
    created_at: tenant.createdAt.toISOString(),
  }
}

export function entityTagOf(tenant: Tenant): string {
  return contentTag(presentTenant(tenant))
}
