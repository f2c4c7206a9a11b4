import { constants, generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import type { SigningAlgorithm } from './algorithms.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { parseKeySet } from './key-set.ts'
import type { JwkSet } from './key-set.ts'
import type { Jwk } from './verification-key.ts'
import type { VerifierOptions } from './verifier-options.ts'

export interface TestIssuerOptions {
  /** Default `https://id.test/t/acme`. */
  readonly issuer?: string | undefined
  /** Default `https://api.test`. */
  readonly audience?: string | undefined
  /** Default `ES256`. */
  readonly alg?: SigningAlgorithm | undefined
  readonly clock?: Clock | undefined
}

/** Claims or header parameters to change; `undefined` leaves one out. */
export type Overrides = Readonly<Record<string, unknown>>

export interface TestIssuer {
  readonly issuer: string
  /** The public keys as they are now, also those from before a rotation. */
  readonly jwks: JwkSet
  /** For `createVerifier`: everything it needs, without network. */
  readonly verifierOptions: VerifierOptions
  /** Signs an access token that is valid for 10 minutes unless the overrides say otherwise. */
  sign(claims?: Overrides, header?: Overrides): string
  /** Signs with a new key from now on; `{ withdraw: true }` takes the old keys out of the set. */
  rotate(options?: { readonly withdraw?: boolean }): void
}

/**
 * Creates an issuer for tests: real keys and real signatures, nothing but memory.
 *
 * WARNING: for tests only; whoever holds it can sign as anybody.
 *
 * @example
 * const issuer = createTestIssuer()
 * const verifier = createVerifier(issuer.verifierOptions)
 * const token = issuer.sign({ scope: 'notes:read' })
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const issuer = options.issuer ?? 'https://id.test/t/acme'
  const audience = options.audience ?? 'https://api.test'
  const alg = options.alg ?? 'ES256'
  const clock = options.clock ?? systemClock
  let current = createKey(alg)
  let jwks: JwkSet = { keys: [current.jwk] }
  let keys = parseKeySet(jwks, [alg])

  const source = {
    findKey: (wanted: string, kid: string) => (wanted === issuer ? keys.get(kid)?.key : undefined),
  }
  return {
    issuer,
    get jwks() {
      return jwks
    },
    verifierOptions: { issuer, audience, algorithms: [alg], clock, jwks: source },
    sign(claims = {}, header = {}) {
      const defaults = defaultClaims(issuer, audience, clock)
      return signToken(current, { ...defaults, ...claims }, header)
    },
    rotate({ withdraw = false } = {}) {
      current = createKey(alg)
      jwks = { keys: [current.jwk, ...(withdraw ? [] : jwks.keys)] }
      keys = parseKeySet(jwks, [alg], keys)
    },
  }
}

interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly jwk: Jwk
}

function createKey(alg: SigningAlgorithm): SigningKey {
  const { publicKey, privateKey } = generateKeyPair(alg)
  const kid = `test_${randomUUID()}`
  const exported: JsonWebKey = publicKey.export({ format: 'jwk' })
  return { kid, alg, privateKey, jwk: { ...exported, kid, alg, use: 'sig' } }
}

function generateKeyPair(alg: SigningAlgorithm) {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    case 'EdDSA':
      return generateKeyPairSync('ed25519')
    case 'PS256':
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 })
  }
}

function defaultClaims(issuer: string, audience: string, clock: Clock): Overrides {
  const now = Math.floor(clock.now().getTime() / 1000)
  return {
    iss: issuer,
    sub: 'usr_01k0000000e0080000000a11ce',
    aud: audience,
    exp: now + 600,
    iat: now,
    jti: randomUUID(),
    client_id: 'cli_test',
    tenant: 'ten_01k0000000e00800000000acme',
    sid: 'ses_01k0000000e008000000005e55',
    auth_time: now,
  }
}

function signToken(key: SigningKey, claims: Overrides, header: Overrides): string {
  const head = encode({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header })
  const input = `${head}.${encode(claims)}`
  const signature = signBytes(digestOf(key.alg), Buffer.from(input), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
    ...(key.alg === 'PS256' ? PSS : {}),
  })
  return `${input}.${signature.toString('base64url')}`
}

function encode(value: Overrides): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function digestOf(alg: SigningAlgorithm): 'sha256' | null {
  return alg === 'EdDSA' ? null : 'sha256'
}

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
