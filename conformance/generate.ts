import { writeFileSync } from 'node:fs'
import { accessTokenCases, ALL } from './access-token-cases.ts'
import { AUDIENCE, ISSUER, NOW, testKey, testKeys } from './sign-vector.ts'
import type { TestKey } from './sign-vector.ts'

// Run with: node conformance/generate.ts
// ECDSA and PSS signatures are random, so each run writes other tokens; commit the output.

const document = {
  description: 'Access tokens and what a verifier must say about them; see README.md.',
  settings: {
    issuer: ISSUER,
    audience: AUDIENCE,
    now: NOW,
    clock_tolerance_seconds: 5,
    algorithms: ALL,
    typ: 'at+jwt',
    max_token_bytes: 8192,
    require_tenant: true,
  },
  jwks: { keys: testKeys.flatMap(published) },
  cases: accessTokenCases(),
}

writeFileSync(
  new URL('./access-token-vectors.json', import.meta.url),
  `${JSON.stringify(document, undefined, 2)}\n`,
)

function published(key: TestKey): object[] {
  const { d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicKey } = key
  if (key.kid === 'es256-private') return [{ ...publicKey, d }]
  if (key.kid === 'es256-twice') {
    const { x, y } = testKey('es256')
    return [publicKey, { ...publicKey, x, y }]
  }
  return [publicKey]
}
