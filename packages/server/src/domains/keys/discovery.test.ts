import { expect, it } from 'vitest'
import { describeAuthorizationServer } from './discovery.ts'

it('RFC 8414 §2: names only what exists', () => {
  expect(describeAuthorizationServer({ issuer: 'https://id.example.test/t/acme' })).toEqual({
    issuer: 'https://id.example.test/t/acme',
    jwks_uri: 'https://id.example.test/t/acme/jwks.json',
    response_types_supported: [],
    grant_types_supported: [],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  })
})
