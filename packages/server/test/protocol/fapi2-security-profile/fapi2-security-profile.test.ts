import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { discoveryOf, openDiscoveryWorld } from '../../support/discovery.ts'
import { type FapiPlan, openFapiPlan, testFapiModules } from '../../support/fapi-plan.ts'
import { openWorld } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { requestModules } from './authorization-requests.ts'
import { dpopModules } from './dpop.ts'
import { happyModules } from './happy-flows.ts'
import { tokenModules } from './token-requests.ts'

let plan: FapiPlan

beforeAll(async () => {
  plan = await openFapiPlan(await openWorld({ clock: new RunningClock() }))
})
afterAll(() => plan.world.close())

describe('fapi2-security-profile-final-test-plan', () => {
  it('fapi2-security-profile-final-discovery-end-point-verification: says what FAPI needs', async () => {
    const world = await openDiscoveryWorld()
    const { metadata, tenant } = await discoveryOf(world)
    await world.close()

    expect(metadata).toMatchObject({
      issuer: tenant.issuer,
      response_types_supported: expect.arrayContaining(['code']),
      authorization_response_iss_parameter_supported: true,
      pushed_authorization_request_endpoint: `${tenant.issuer}/oauth/par`,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      code_challenge_methods_supported: ['S256'],
    })
    expect(metadata['require_pushed_authorization_requests'] ?? false).toBe(false)
    const algorithms = Object.entries(metadata).filter(([name]) => /signing_alg/.test(name))
    for (const [name, values] of algorithms) {
      // FAPI 2.0 §5.4: whatever is offered is one of these.
      const weak = (values as string[]).filter((alg) => !STRONG.has(alg))
      expect([name, weak]).toEqual([name, []])
    }
  })

  testFapiModules(happyModules, () => plan)
  testFapiModules(requestModules, () => plan)
  testFapiModules(tokenModules, () => plan)
  testFapiModules(dpopModules, () => plan)
})

const STRONG = new Set(['ES256', 'PS256', 'EdDSA', 'Ed25519'])
