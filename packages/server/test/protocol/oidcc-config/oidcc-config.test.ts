import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discoveryOf, openDiscoveryWorld } from '../../support/discovery.ts'
import type { World } from '../../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openDiscoveryWorld()
})
afterAll(() => world.close())

describe('oidcc-config-certification-test-plan', () => {
  it('oidcc-discovery-endpoint-verification: says what the server does, at https addresses', async () => {
    const settings = { signing_algorithms: ['RS256' as const] }
    const { answer, metadata, tenant } = await discoveryOf(world, settings)

    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
    ])
    expect(metadata).toMatchObject({
      issuer: tenant.issuer,
      response_types_supported: ['code'],
      response_modes_supported: expect.arrayContaining(['query', 'form_post']),
      subject_types_supported: ['public', 'pairwise'],
      // The module wants RS256, which a tenant has to be allowed.
      id_token_signing_alg_values_supported: ['ES256', 'RS256'],
      grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email', 'offline_access']),
      claims_supported: expect.arrayContaining(['sub', 'iss', 'auth_time', 'acr', 'name', 'email']),
      claims_parameter_supported: true,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      code_challenge_methods_supported: ['S256'],
    })
    const addresses = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name))
    expect(addresses.length).toBeGreaterThan(8)
    for (const [name, address] of addresses) {
      expect([name, new URL(String(address)).protocol]).toEqual([name, 'https:'])
    }
  })
})
