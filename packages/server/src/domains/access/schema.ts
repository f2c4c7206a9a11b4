import { z } from 'zod'
import { contentTag, pageQuery, UNSUITABLE_IN_NAMES } from '../../platform/http/index.ts'
import { PERMISSION_DESCRIPTIONS, type Role } from './model.ts'

export const roleNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a lower-case letter, then letters, digits, `_` or `-`')

export const assignRoleSchema = z.strictObject({ role: roleNameSchema })

export const roleSchema = z.object({
  name: z.string(),
  description: z.string(),
  permissions: z.array(z.string()),
  built_in: z.boolean(),
})

const description = z
  .string()
  .max(200)
  .refine((text) => !UNSUITABLE_IN_NAMES.test(text), 'control characters are not allowed')
const permissions = z
  .array(z.string().min(1).max(67))
  .max(100)
  .transform((names) => [...new Set(names)].toSorted())

export const createRoleSchema = z.strictObject({
  name: roleNameSchema,
  description: description.default(''),
  permissions,
})

export const updateRoleSchema = z
  .strictObject({ description: description.optional(), permissions: permissions.optional() })
  .refine((change) => Object.keys(change).length > 0, 'at least one member')

export const listRolesQuery = pageQuery.extend({ after: roleNameSchema.optional() })

export const permissionSchema = z.object({ name: z.string(), description: z.string() })

export function presentPermission(name: string): z.input<typeof permissionSchema> {
  return { name, description: PERMISSION_DESCRIPTIONS[name] ?? '' }
}

export function presentRole(role: Role): z.input<typeof roleSchema> {
  return {
    name: role.name,
    description: role.description,
    permissions: [...role.permissions],
    built_in: role.builtIn,
  }
}

export function entityTagOf(role: Role): string {
  return contentTag(presentRole(role))
}
