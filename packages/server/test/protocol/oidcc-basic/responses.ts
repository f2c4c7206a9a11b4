import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { expect } from 'vitest'
import {
  type ConformancePlan,
  type Modules,
  NONCE,
  STATE,
  toAsked,
} from '../../support/conformance-plan.ts'
import { registerRelyingParty } from '../../support/relying-party.ts'

/** What a client gets: the code, the tokens, the ID token. */
export const responseModules: Modules = {
  'oidcc-server: a code comes back with state and issuer, and buys tokens that validate': async (
    plan,
  ) => {
    const { ana, browser } = await plan.signedIn()

    const asked = await plan.ask(browser)
    const tokens = await plan.redeem(asked)

    expect(asked.answer.get('state')).toBe(STATE)
    expect(asked.answer.get('iss')).toBe(plan.tenant.issuer)
    expect(tokens.token_type.toLowerCase()).toBe('bearer')
    expect(tokens.claims()).toMatchObject({
      iss: plan.tenant.issuer,
      sub: ana.userId,
      aud: plan.party.clientId,
      nonce: NONCE,
      iat: expect.any(Number),
      exp: expect.any(Number),
    })
  },

  'oidcc-server-client-secret-post: the secret may be in the form': async (plan) => {
    const party = await registerRelyingParty(plan.world, {
      tenant: plan.tenant,
      authentication: oidc.ClientSecretPost(),
      metadata: { token_endpoint_auth_method: 'client_secret_post' },
    })
    const { browser } = await plan.signedIn()
    const asked = await plan.ask(browser, { client_id: party.clientId })

    const tokens = await plan.redeem(asked, { party })

    expect(tokens.access_token).toEqual(expect.any(String))
  },

  'oidcc-response-type-missing: is an error that the client is told': async (plan) => {
    const { browser } = await plan.signedIn()

    const { answer } = await plan.ask(browser, { response_type: undefined })

    expect(answer.get('error')).toBe('invalid_request')
    expect(answer.get('code')).toBeNull()
  },

  'oidcc-idtoken-signature: a published key, named in the header, has signed it with RS256': async (
    plan,
  ) => {
    const metadata = { id_token_signed_response_alg: 'RS256' } as const
    const party = await registerRelyingParty(plan.world, { tenant: plan.tenant, metadata })
    Object.assign(party.config.clientMetadata(), metadata)
    const { browser } = await plan.signedIn()
    const asked = await plan.ask(browser, { client_id: party.clientId })

    const { id_token = '' } = await plan.redeem(asked, { party })

    await expectSigned(plan, id_token, 'RS256')
    // Who registers nothing else gets what Countersign takes for the better choice.
    await expectSigned(plan, (await plan.obtain(browser)).id_token ?? '', 'ES256')
  },

  'oidcc-idtoken-unsigned: is neither offered nor registered': async (plan) => {
    const dan = await plan.world.actors.signedIn({ tenant: plan.tenant, roles: ['admin'] })
    const path = '/api/admin/clients/registration-tokens'
    const { initial_access_token } = (await dan.call('POST', path)).json<Record<string, string>>()

    const answer = await plan.world.app.http.inject({
      method: 'POST',
      url: `/t/${plan.tenant.slug}/oauth/register`,
      headers: { authorization: `Bearer ${initial_access_token}` },
      payload: {
        redirect_uris: ['https://partner.example/callback'],
        id_token_signed_response_alg: 'none',
      },
    })

    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { error: 'invalid_client_metadata' },
    ])
    const { id_token_signing_alg_values_supported: offered } = await plan.metadata()
    expect(offered).not.toContain('none')
  },

  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow: and the ID token has none': async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()

    const tokens = await plan.redeem(await plan.ask(browser, { nonce: undefined }), {
      nonce: null,
    })

    expect(tokens.claims()).not.toHaveProperty('nonce')
  },

  'oidcc-alternate-happy-flow: the order of scopes and parameters does not matter': async (
    plan,
  ) => {
    const { ana, browser } = await plan.signedIn()
    const { url, verifier } = await plan.requestUrl({ scope: 'email openid' })
    const turned = new URL(url)
    turned.search = new URLSearchParams([...url.searchParams].reverse()).toString()

    const tokens = await plan.redeem(toAsked(await browser.follow(turned.href), verifier))

    expect((await plan.userinfo(tokens.access_token)).json()).toMatchObject({
      sub: ana.userId,
      email: ana.identity.email,
    })
  },

  'oidcc-refresh-token: works, gives the same user, and is of one client': async (plan) => {
    const { ana, browser } = await plan.signedIn()
    const page = await plan.ask(browser, { scope: 'openid offline_access', prompt: 'consent' })
    const first = await plan.redeem(await plan.consent(browser, page))
    const token = first.refresh_token ?? ''
    // RFC 6749, appendix A.17: visible ASCII only.
    expect(token).toMatch(/^[\x20-\x7e]+$/)

    await expect(oidc.refreshTokenGrant(plan.other.config, token)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    const second = await oidc.refreshTokenGrant(plan.party.config, token)

    expect(second.access_token).not.toBe(first.access_token)
    const claims = second.claims()
    expect(claims).toMatchObject({ iss: plan.tenant.issuer, sub: ana.userId })
    expect(claims?.['auth_time']).toBe(first.claims()?.['auth_time'])
    expect((await plan.userinfo(second.access_token)).statusCode).toBe(200)
  },
}

async function expectSigned(plan: ConformancePlan, token: string, algorithm: string) {
  const keys = await publishedKeys(plan)
  expect(keys.keys.map(({ kid }) => kid)).toContain(decodeProtectedHeader(token).kid)
  expect((await plan.metadata())['id_token_signing_alg_values_supported']).toContain(algorithm)
  const verifying = jwtVerify(token, createLocalJWKSet(keys), { algorithms: [algorithm] })
  await expect(verifying).resolves.toBeDefined()
}

async function publishedKeys(plan: ConformancePlan): Promise<JSONWebKeySet> {
  const url = `/t/${plan.tenant.slug}/jwks.json`
  return (await plan.world.app.http.inject({ url })).json<JSONWebKeySet>()
}
