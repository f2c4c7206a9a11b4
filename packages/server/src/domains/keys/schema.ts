import { z } from 'zod'
import { SIGNING_ALGORITHMS } from '../../kernel/index.ts'
import type { PublicJwk, SigningKey } from './model.ts'

/** 32 bytes in base64url. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const common = { kid: z.string(), use: z.literal('sig') }

/**
 * Names each member that may leave the server; parsing drops every other.
 * Attack: a private member (`d`, or a prime of RSA) slips into the key set with the rest of a JWK.
 */
export const publicJwkSchema = z.discriminatedUnion('kty', [
  z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
    ...common,
    alg: z.literal('ES256'),
  }),
  z.object({
    kty: z.literal('RSA'),
    // 3072 bits.
    n: z.string().regex(/^[A-Za-z0-9_-]{512}$/),
    e: z.literal('AQAB'),
    ...common,
    alg: z.enum(['PS256', 'RS256']),
  }),
  z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: coordinate,
    ...common,
    alg: z.literal('EdDSA'),
  }),
]) satisfies z.ZodType<PublicJwk>

export const jwkSetSchema = z.object({ keys: z.array(publicJwkSchema) })

const algorithm = z.enum(SIGNING_ALGORITHMS)

export const signingKeySchema = z.object({
  id: z.string(),
  algorithm,
  status: z.enum(['next', 'active', 'retiring', 'revoked', 'gone']),
  public_jwk: publicJwkSchema,
  created_at: z.iso.datetime(),
  activated_at: z.iso.datetime().optional(),
  retired_at: z.iso.datetime().optional(),
  removed_at: z.iso.datetime().optional(),
})

export const signingKeysSchema = z.object({ data: z.array(signingKeySchema) })

/**
 * `force` rotates even if the next key was published only just now; `algorithm` rotates the keys of
 * that one only.
 */
export const rotateKeysSchema = z
  .strictObject({ force: z.boolean().optional(), algorithm: algorithm.optional() })
  .optional()

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
