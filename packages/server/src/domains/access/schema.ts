import { z } from 'zod'
import type { Role } from './model.ts'

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

export function presentRole(role: Role): z.input<typeof roleSchema> {
  return {
    name: role.name,
    description: role.description,
    permissions: [...role.permissions],
    built_in: role.builtIn,
  }
}
