import { constants, createPrivateKey, sign } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A private JWK of `test-keys.json`. The keys are public knowledge and must never be trusted. */
export interface TestKey extends Readonly<Record<string, unknown>> {
  readonly kid: string
  readonly kty: string
}

export type Members = Readonly<Record<string, unknown>>

/** What one vector differs in; `undefined` members are left out of the token. */
export interface TokenParts {
  readonly claims?: Members
  readonly header?: Members
  /** Replaces the JSON text of the payload. */
  readonly payload?: string | Uint8Array
  /** Replaces the JSON text of the header. */
  readonly headerText?: string | Uint8Array
  /** `kid` of the key that signs and is named. */
  readonly key?: string
  /** Replaces the signature, given the signing input and the true one. */
  readonly signature?: (input: string, signature: Buffer) => Buffer
}

export const NOW = 1_800_000_000
export const ISSUER = 'https://id.example.com/t/acme'
export const AUDIENCE = 'https://notes.example.com'

export const CLAIMS: Members = {
  iss: ISSUER,
  sub: 'usr_01k0000000e0080000000a11ce',
  aud: AUDIENCE,
  exp: NOW + 600,
  iat: NOW,
  jti: '01k0000000e00800000000000001',
  client_id: 'cli_01k0000000e00800000000c11e',
  scope: 'notes:read notes:write',
  tenant: 'ten_01k0000000e00800000000acme',
  sid: 'ses_01k0000000e008000000005e55',
  acr: 'urn:countersign:acr:mfa',
  amr: ['pwd', 'otp'],
  auth_time: NOW - 30,
  roles: ['editor'],
}

export const testKeys: readonly TestKey[] = JSON.parse(
  readFileSync(new URL('./test-keys.json', import.meta.url), 'utf8'),
)

export function testKey(kid: string): TestKey {
  const key = testKeys.find((candidate) => candidate.kid === kid)
  if (key === undefined) throw new Error(`no test key \`${kid}\``)
  return key
}

/** Signs one token; independent of the verifier that is tested with it. */
export function signVector(parts: TokenParts = {}): string {
  const kid = parts.key ?? 'es256'
  const key = testKey(kid)
  const alg = String(parts.header?.['alg'] ?? key['alg'])
  const header = { alg, typ: 'at+jwt', kid, ...parts.header }
  const head = encode(parts.headerText ?? JSON.stringify(header))
  const payload = encode(parts.payload ?? JSON.stringify({ ...CLAIMS, ...parts.claims }))
  const input = `${head}.${payload}`
  const signature = signInput(key, alg, input)
  return `${input}.${encode(parts.signature?.(input, signature) ?? signature)}`
}

export function encode(value: string | Uint8Array): string {
  return Buffer.from(value as string).toString('base64url')
}

function signInput(key: TestKey, alg: string, input: string): Buffer {
  const digest = key.kty === 'OKP' ? null : 'sha256'
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return sign(digest, Buffer.from(input), {
    key: createPrivateKey({ key: key as JsonWebKey, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363',
    ...(alg === 'PS256' ? pss : {}),
  })
}
