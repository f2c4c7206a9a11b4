import { z } from 'zod'
import { typedId } from '../../../platform/http/index.ts'
import { isPublicKey } from '../clients/check-client-metadata.ts'
import { isWebAddress } from '../clients/parse-redirect-uri.ts'
import { ACCOUNT_SCOPE } from '../own-resources.ts'
import type { TrustedIssuer } from './model.ts'

const https = z
  .string()
  .max(2048)
  .refine((text) => text.startsWith('https:') && isWebAddress(text), 'an https address')
const key = z.record(z.string(), z.unknown()).refine(isPublicKey, 'public keys only')
const scope = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/)
  // It opens our own API, where users change what protects their account.
  .refine((name) => name !== ACCOUNT_SCOPE, '`account` is for people who sign in here')

const members = {
  issuer: https,
  jwks: z.strictObject({ keys: z.array(key).min(1).max(10) }).optional(),
  jwks_uri: https.optional(),
  subject_mapping: z.enum(['user_id', 'email']),
  client_ids: z.array(typedId('cli')).min(1).max(50),
  scopes: z.array(scope).min(1).max(50),
}

export const createTrustedIssuerSchema = z
  .strictObject(members)
  .refine(
    ({ jwks, jwks_uri }) => (jwks === undefined) !== (jwks_uri === undefined),
    'either `jwks` or `jwks_uri`',
  )

export const trustedIssuerSchema = z.object({
  id: z.string(),
  issuer: z.string(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  jwks_uri: z.string().optional(),
  subject_mapping: members.subject_mapping,
  client_ids: z.array(z.string()),
  scopes: z.array(z.string()),
  created_at: z.string(),
})

export function presentTrustedIssuer(trusted: TrustedIssuer): z.input<typeof trustedIssuerSchema> {
  const { jwks, jwksUri } = trusted
  return {
    id: trusted.id,
    issuer: trusted.issuer,
    ...(jwks === undefined ? {} : { jwks: { keys: jwks.keys.map((one) => ({ ...one })) } }),
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    subject_mapping: trusted.subjectMapping,
    client_ids: [...trusted.clientIds],
    scopes: [...trusted.scopes],
    created_at: trusted.createdAt.toISOString(),
  }
}
