import { expect } from 'vitest'
import {
  type FapiModules,
  type FapiPlan,
  newKeys,
  type TokenOptions,
} from '../../support/fapi-plan.ts'

const P = 'fapi2-security-profile-final'

/** A code is for one client, once, soon, and with its verifier. */
const codeModules: FapiModules = {
  [`${P}-ensure-authorization-code-is-bound-to-client: another one gets nothing for it`]: (plan) =>
    refusesCode(plan, { by: plan.other }, 'invalid_grant'),

  [`${P}-ensure-pkce-code-verifier-required: a code alone buys nothing`]: (plan) =>
    refusesCode(plan, { form: { code_verifier: undefined } }, 'invalid_grant'),

  [`${P}-incorrect-pkce-code-verifier-rejected: nor with another verifier`]: (plan) =>
    refusesCode(plan, { form: { code_verifier: 'v'.repeat(43) } }, 'invalid_grant'),

  [`${P}-ensure-holder-of-key-required: there is no token that is not bound`]: (plan) =>
    refusesCode(plan, { proven: false }, 'invalid_grant'),

  [`${P}-attempt-reuse-authorization-code-after-one-second: ends what it brought`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.authorize(browser)
    const { access_token } = (await plan.redeem(asked)).json<{ access_token: string }>()
    plan.world.clock.advance({ milliseconds: 1_000 })

    expect((await plan.redeem(asked)).json()).toMatchObject({ error: 'invalid_grant' })

    expect((await plan.resource(access_token)).statusCode).toBe(401)
  },

  [`${P}-ensure-token-endpoint-fails-with-expired-auth-code: after a minute`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.authorize(browser)
    plan.world.clock.advance({ milliseconds: 61_000 })

    expect((await plan.redeem(asked)).json()).toMatchObject({ error: 'invalid_grant' })
  },
}

/** Who asks has to prove it, for this server and for now. */
const assertionModules: FapiModules = {
  [`${P}-ensure-client-id-in-token-endpoint: a name that the key does not belong to`]: (plan) => {
    const by = { clientId: plan.other.clientId, keys: plan.client.keys }
    return refusesCode(plan, { by, form: { client_id: by.clientId } }, 'invalid_client')
  },

  [`${P}-ensure-client-assertion-in-token-endpoint: an id is no proof`]: (plan) =>
    refusesCode(
      plan,
      {
        form: {
          client_id: plan.client.clientId,
          client_assertion: undefined,
          client_assertion_type: undefined,
        },
      },
      'invalid_client',
    ),

  [`${P}-ensure-signed-client-assertion-with-RS256-fails: nor is that algorithm taken`]: async (
    plan,
  ) => refusesCode(plan, { assertion: { signedBy: await newKeys('RS256') } }, 'invalid_client'),

  [`${P}-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails: it is over`]: (plan) =>
    refusesCode(plan, { assertion: { claims: { exp: plan.now - 300 } } }, 'invalid_client'),

  [`${P}-ensure-client-assertion-with-wrong-aud-fails: it is for another server`]: (plan) =>
    refusesCode(
      plan,
      { assertion: { claims: { aud: 'https://other.example' } } },
      'invalid_client',
    ),

  [`${P}-ensure-client-assertion-with-no-sub-fails: a request object is no assertion`]: (plan) =>
    refusesCode(plan, { assertion: { claims: { sub: undefined } } }, 'invalid_client'),

  [`${P}-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted: clocks differ`]:
    async (plan) => {
      const claims = { iat: plan.now + 8, nbf: plan.now + 8 }

      expect((await plan.push({}, { assertion: { claims } })).answer.statusCode).toBe(201)
    },

  [`${P}-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails: not that much`]:
    (plan) => {
      const later = plan.now + 70
      return refusesAssertion(plan, { iat: later, nbf: later, exp: later + 60 })
    },

  [`${P}-par-test-array-as-audience-fails: an assertion is for one server`]: (plan) =>
    refusesAssertion(plan, { aud: [plan.tenant.issuer] }),

  [`${P}-par-test-par-endpoint-url-as-audience-fails: which is named by its issuer`]: (plan) =>
    refusesAssertion(plan, { aud: plan.urlOf('/oauth/par') }),

  [`${P}-par-test-token-endpoint-url-as-audience-fails: and by nothing else`]: (plan) =>
    refusesAssertion(plan, { aud: plan.urlOf('/oauth/token') }),
}

export const tokenModules: FapiModules = { ...codeModules, ...assertionModules }

/** All but what is changed is right, as the flows that have to work show. */
async function refusesCode(plan: FapiPlan, options: TokenOptions, error: string): Promise<void> {
  const { browser } = await plan.signedIn()
  const asked = await plan.authorize(browser)

  const refused = await plan.redeem(asked, options)

  expect([refused.json(), refused.statusCode]).toMatchObject([
    { error },
    error === 'invalid_client' ? 401 : 400,
  ])
  expect(refused.json()).not.toHaveProperty('access_token')
}

async function refusesAssertion(
  plan: FapiPlan,
  claims: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { answer } = await plan.push({}, { assertion: { claims } })

  expect([answer.statusCode, answer.json()]).toMatchObject([401, { error: 'invalid_client' }])
}
