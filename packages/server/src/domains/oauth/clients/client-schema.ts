import { z } from 'zod'
import { UNSUITABLE_IN_NAMES } from '../../../platform/http/index.ts'
import { clientMetadataSchema } from './metadata-schema.ts'
import type { Client } from './model.ts'
import { CLIENT_PROFILES } from './profiles.ts'

const name = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !UNSUITABLE_IN_NAMES.test(text), 'control characters are not allowed')

export const createClientSchema = z.strictObject({
  profile: z.enum(CLIENT_PROFILES),
  name,
  first_party: z.boolean().optional(),
  metadata: clientMetadataSchema.optional(),
})

export const updateClientSchema = z
  .strictObject({
    name: name.optional(),
    status: z.enum(['active', 'disabled']).optional(),
    first_party: z.boolean().optional(),
    metadata: clientMetadataSchema.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'at least one member')

export const clientSchema = z.object({
  id: z.string(),
  profile: z.enum(CLIENT_PROFILES),
  name: z.string(),
  status: z.enum(['active', 'disabled']),
  first_party: z.boolean(),
  metadata: clientMetadataSchema,
  created_at: z.string(),
  updated_at: z.string(),
})

export const createdClientSchema = clientSchema.extend({
  client_secret: z.string().optional(),
})

export const clientSecretSchema = z.object({ client_secret: z.string() })

export function presentClient(client: Client): z.input<typeof clientSchema> {
  return {
    id: client.id,
    profile: client.profile,
    name: client.name,
    status: client.status,
    first_party: client.isFirstParty,
    metadata: client.metadata as z.input<typeof clientMetadataSchema>,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
  }
}
