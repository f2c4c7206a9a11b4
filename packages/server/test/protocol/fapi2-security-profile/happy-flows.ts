import { expect } from 'vitest'
import { decodeClaims } from '../../support/decode-claims.ts'
import { decideOnPage } from '../../support/decide-on-page.ts'
import {
  type FapiClient,
  type FapiModules,
  type FapiPlan,
  newKeys,
} from '../../support/fapi-plan.ts'
import { registerRelyingParty } from '../../support/relying-party.ts'

const P = 'fapi2-security-profile-final'

/** What has to work. */
export const happyModules: FapiModules = {
  [`${P}-happy-flow: two clients sign users in, and each token opens for its own key only`]: async (
    plan,
  ) => {
    for (const by of [plan.client, plan.other]) {
      const { ana, browser } = await plan.signedIn()
      const pushed = await plan.push({}, { by })
      expect([pushed.answer.statusCode, pushed.answer.json()]).toMatchObject([
        201,
        { request_uri: expect.any(String), expires_in: expect.any(Number) },
      ])
      const asked = await plan.visit(browser, pushed, { client_id: by.clientId })
      expect(asked.answer.get('iss')).toBe(plan.tenant.issuer)
      const answer = await plan.redeem(asked, { by })
      expect(answer.json()).toMatchObject({ token_type: 'DPoP' })
      const { access_token, id_token } = answer.json<Record<string, string>>()

      expect(decodeClaims(id_token ?? '')).toMatchObject({ sub: ana.userId, aud: by.clientId })
      expect((await plan.resource(access_token ?? '')).json()).toEqual({ sub: ana.userId })
      const signedBy = await newKeys()
      const stolen = await plan.resource(access_token ?? '', { proof: { signedBy } })
      expect(stolen.statusCode).toBe(401)
    }
  },

  [`${P}-user-rejects-authentication: the client is told that access was denied`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const by = await clientOfOthers(plan)
    const pushed = await plan.push({}, { by })
    const { response } = await plan.visit(browser, pushed, { client_id: by.clientId })

    const back = await decideOnPage(browser, response, 'deny')

    const { searchParams } = new URL(String(back.headers.location))
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'state-of-the-client',
      iss: plan.tenant.issuer,
    })
  },

  [`${P}-ensure-authorization-request-without-state-success: and none comes back`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()

    const { answer } = await plan.authorize(browser, { state: undefined })

    expect(answer.get('code')).toEqual(expect.any(String))
    expect(answer.has('state')).toBe(false)
  },

  [`${P}-ensure-authorization-request-without-nonce-success: and none comes back`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()

    const { id_token } = await plan.obtain(browser, { nonce: undefined })

    expect(decodeClaims(id_token)).not.toHaveProperty('nonce')
  },

  [`${P}-ensure-authorization-request-with-64-char-nonce-success: it comes back whole`]: (plan) =>
    returnsNonce(plan, 'n'.repeat(64)),

  [`${P}-ensure-authorization-request-with-long-nonce: it comes back whole`]: (plan) =>
    returnsNonce(plan, 'n'.repeat(384)),

  [`${P}-ensure-authorization-request-with-long-state: it comes back whole`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const state = 's'.repeat(1_000)

    expect((await plan.authorize(browser, { state })).answer.get('state')).toBe(state)
  },

  [`${P}-ensure-other-scope-order-succeeds: the order does not matter`]: async (plan) => {
    const { ana, browser } = await plan.signedIn()

    const { access_token } = await plan.obtain(browser, { scope: 'email profile openid' })

    expect((await plan.resource(access_token)).json()).toMatchObject({ email: ana.identity.email })
  },

  [`${P}-test-claims-parameter-identity-claims: each one offered is told, unknown ones are not`]:
    async (plan) => {
      const { ana, browser } = await plan.signedIn()
      await ana.call('PATCH', '/api/auth/me', { display_name: 'Ana Example', locale: 'de' })
      const wanted = {
        name: null,
        locale: { essential: true },
        email: { essential: false },
        email_verified: null,
        updated_at: null,
        made_up_by_the_suite: { essential: true },
      }
      const claims = JSON.stringify({ id_token: wanted, userinfo: wanted })

      const { access_token, id_token } = await plan.obtain(browser, { claims })

      const told = { name: 'Ana Example', locale: 'de', email: ana.identity.email }
      expect(decodeClaims(id_token)).toMatchObject(told)
      const info = (await plan.resource(access_token)).json<object>()
      expect(info).toMatchObject(told)
      expect(info).not.toHaveProperty('made_up_by_the_suite')
    },

  [`${P}-access-token-type-header-case-sensitivity: the scheme is read in any case`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()
    const { access_token } = await plan.obtain(browser)

    for (const scheme of ['dPoP', 'DPOP', 'dpop']) {
      expect((await plan.resource(access_token, { scheme })).statusCode).toBe(200)
    }
  },

  [`${P}-refresh-token: is bound to its client and to the key, and is not rotated`]: async (
    plan,
  ) => {
    const { ana, browser } = await plan.signedIn()
    const { refresh_token, id_token } = await plan.obtain(browser)

    const refreshed = await plan.refresh(refresh_token)
    expect([refreshed.statusCode, refreshed.json()]).toMatchObject([200, { refresh_token }])
    const tokens = refreshed.json<{ access_token: string; id_token: string }>()
    expect(decodeClaims(tokens.id_token)).toMatchObject({
      sub: ana.userId,
      auth_time: decodeClaims(id_token)['auth_time'],
    })
    expect((await plan.resource(tokens.access_token)).statusCode).toBe(200)

    const elsewhere = await plan.refresh(refresh_token, { by: plan.other })
    expect([elsewhere.statusCode, elsewhere.json()]).toMatchObject([
      400,
      { error: 'invalid_grant' },
    ])
    const nobody = { client_assertion: undefined, client_assertion_type: undefined }
    expect((await plan.refresh(refresh_token, { form: nobody })).json()).toMatchObject({
      error: 'invalid_request',
    })
    const unproven = await plan.refresh(refresh_token, { proven: false })
    expect([unproven.statusCode, unproven.json()]).toMatchObject([400, { error: 'invalid_grant' }])
  },
}

async function returnsNonce(plan: FapiPlan, nonce: string): Promise<void> {
  const { browser } = await plan.signedIn()

  const { id_token } = await plan.obtain(browser, { nonce })

  expect(decodeClaims(id_token)['nonce']).toBe(nonce)
}

/** One that asks the user for consent. */
async function clientOfOthers({ world, tenant, client }: FapiPlan): Promise<FapiClient> {
  const { clientId } = await registerRelyingParty(world, {
    tenant,
    profile: 'fapi2',
    isFirstParty: false,
    metadata: {
      jwks: { keys: [{ ...client.keys.publicJwk, kid: 'k1', alg: 'ES256', use: 'sig' }] },
    },
  })
  return { clientId, keys: client.keys }
}
