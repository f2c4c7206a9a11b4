import { z } from 'zod'
import type { PublicJwk, SigningKey } from './model.ts'

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/**
 * Names each member that may leave the server; parsing drops every other.
 * Attack: a private member (`d`) slips into the key set with the rest of a JWK.
 */
export const publicJwkSchema = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal('ES256'),
}) satisfies z.ZodType<PublicJwk>

export const jwkSetSchema = z.object({ keys: z.array(publicJwkSchema) })

export const signingKeySchema = z.object({
  id: z.string(),
  algorithm: z.literal('ES256'),
  status: z.enum(['next', 'active', 'retiring', 'revoked', 'gone']),
  public_jwk: publicJwkSchema,
  created_at: z.iso.datetime(),
  activated_at: z.iso.datetime().optional(),
  retired_at: z.iso.datetime().optional(),
  removed_at: z.iso.datetime().optional(),
})

export const signingKeysSchema = z.object({ data: z.array(signingKeySchema) })

/** `force` rotates even if the next key was published only just now. */
export const rotateKeysSchema = z.strictObject({ force: z.boolean().optional() }).optional()

export function presentSigningKey(key: SigningKey): z.input<typeof signingKeySchema> {
  return {
    id: key.id,
    algorithm: key.algorithm,
    status: key.status,
    public_jwk: key.publicJwk,
    created_at: key.createdAt.toISOString(),
    activated_at: key.activatedAt?.toISOString(),
    retired_at: key.retiredAt?.toISOString(),
    removed_at: key.removedAt?.toISOString(),
  }
}
