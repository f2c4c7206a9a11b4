import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'
import type { SigningAlgorithm } from './algorithms.ts'
import type { JwkSet } from './key-set.ts'
import type { VerifierOptions } from './verifier-options.ts'

interface Vectors {
  readonly settings: {
    readonly issuer: string
    readonly audience: string
    readonly now: number
    readonly clock_tolerance_seconds: number
    readonly algorithms: readonly SigningAlgorithm[]
    readonly typ: string
    readonly max_token_bytes: number
    readonly require_tenant: boolean
  }
  readonly jwks: JwkSet
  readonly cases: readonly {
    readonly name: string
    readonly rule: string
    readonly token: string
    readonly expect: string
    readonly algorithms?: readonly SigningAlgorithm[]
  }[]
}

const file = new URL('../../../conformance/access-token-vectors.json', import.meta.url)
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'))
const { settings } = vectors

const options: VerifierOptions = {
  issuer: settings.issuer,
  audience: settings.audience,
  algorithms: settings.algorithms,
  clockToleranceSeconds: settings.clock_tolerance_seconds,
  typ: settings.typ,
  maxTokenBytes: settings.max_token_bytes,
  requireTenant: settings.require_tenant,
  clock: { now: () => new Date(settings.now * 1000) },
  jwks: vectors.jwks,
}

async function outcome(token: string, verify: (token: string) => Promise<unknown>) {
  return verify(token).then(
    () => 'valid',
    (error: { code?: string }) => error.code ?? error,
  )
}

describe('conformance: access-token-vectors.json', () => {
  const usual = createVerifier(options)
  // Twice each: the verified-token cache must not change an answer.
  it.each(vectors.cases)('$rule: $name → $expect', async (vector) => {
    const { algorithms } = vector
    const { verify } = algorithms === undefined ? usual : createVerifier({ ...options, algorithms })

    expect(await outcome(vector.token, verify)).toBe(vector.expect)
    expect(await outcome(vector.token, verify)).toBe(vector.expect)
  })

  it('RFC 8725 §3.1: takes ES256 and nothing else where nobody chose', async () => {
    const { verify } = createVerifier({ ...options, algorithms: undefined })
    const chosen = vectors.cases.filter(({ algorithms }) => algorithms?.length === 1)
    const outcomes = await Promise.all(chosen.map(({ token }) => outcome(token, verify)))

    expect(new Set(outcomes)).toEqual(new Set(['algorithm_refused']))
    expect(chosen.length).toBeGreaterThanOrEqual(3)
    const [first] = vectors.cases
    expect(await outcome(first?.token ?? '', verify)).toBe('valid')
  })

  it('has a vector for every reason that a token alone can cause', () => {
    const covered = [...new Set(vectors.cases.map((vector) => vector.expect))].sort()
    expect(covered).toEqual([
      'algorithm_refused',
      'audience_refused',
      'binding_required',
      'claim_invalid',
      'claim_missing',
      'critical_header_refused',
      'header_refused',
      'issuer_refused',
      'key_unknown',
      'signature_invalid',
      'token_expired',
      'token_malformed',
      'token_missing',
      'token_not_yet_valid',
      'token_too_large',
      'type_refused',
      'valid',
    ])
  })
})
