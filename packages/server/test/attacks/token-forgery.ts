import { createHmac, sign as signBytes, type KeyObject } from 'node:crypto'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { World } from '../support/open-world.ts'

export type Json = Readonly<Record<string, unknown>>

export interface TokenParts {
  readonly header: Json
  readonly claims: Json
  readonly signature: string
}

export function takeApart(token: string): TokenParts {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return { header: decode(header), claims: decode(claims), signature }
}

/** Puts a token together again, with the signature that it had. */
export function putTogether({ header, claims, signature }: TokenParts): string {
  return `${encode(header)}.${encode(claims)}.${signature}`
}

/** Signs whatever is wanted with the tenant's own key: what a flaw in an issuing path would give. */
export async function signAsTenant(
  { app }: Pick<World, 'app'>,
  tenant: Tenant,
  claims: Json,
  header: Json = {},
): Promise<string> {
  const signer = await app.keys.signer(tenant)
  const full = { typ: 'at+jwt', alg: signer.algorithm, kid: signer.keyId, ...header }
  const input = `${encode(full)}.${encode(claims)}`
  return `${input}.${(await signer.sign(input)).toString('base64url')}`
}

export function signWithKey(key: KeyObject, header: Json, claims: Json): string {
  const input = `${encode(header)}.${encode(claims)}`
  const signature = signBytes('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

export function signWithSecret(secret: string | Buffer, header: Json, claims: Json): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(segment: string): Json {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as Json
}
