import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import * as oidc from 'openid-client'
import { expect } from 'vitest'
import { type Modules, STATE, toAsked } from '../../support/conformance-plan.ts'
import { REDIRECT_URI, registerRelyingParty } from '../../support/relying-party.ts'

/** How a request may come, and what of it counts. */
export const requestModules: Modules = {
  'oidcc-ensure-request-with-unknown-parameter-succeeds: it is ignored': async (plan) => {
    const { browser } = await plan.signedIn()

    const tokens = await plan.obtain(browser, { extra: 'foobar' })

    expect(tokens.id_token).toEqual(expect.any(String))
  },

  'oidcc-ensure-post-request-succeeds: parameters may come as a form': async (plan) => {
    const { ana, browser } = await plan.signedIn()
    const { url, verifier } = await plan.requestUrl()

    // From a page of the client: a browser sends no `SameSite=Lax` cookie along.
    const { headers } = await plan.world.app.http.inject({
      method: 'POST',
      url: url.pathname,
      headers: {
        origin: 'https://app.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: url.searchParams.toString(),
    })
    const response = await browser.follow(String(headers.location))

    const tokens = await plan.redeem(toAsked(response, verifier))
    expect(tokens.claims()?.sub).toBe(ana.userId)
  },

  'oidcc-ensure-request-with-valid-pkce-succeeds: with a verifier that matches only': async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()
    const wrong = { ...(await plan.ask(browser)), verifier: oidc.randomPKCECodeVerifier() }

    await expect(plan.redeem(wrong)).rejects.toMatchObject({ error: 'invalid_grant' })

    await expect(plan.obtain(browser)).resolves.toHaveProperty('access_token')
  },

  'oidcc-ensure-registered-redirect-uri: another one is told to the user, not redirected to':
    async (plan) => {
      const { browser } = await plan.signedIn()

      const { response } = await plan.ask(browser, { redirect_uri: `${REDIRECT_URI}/other` })

      expect(response.statusCode).toBe(400)
      expect(response.headers.location).toBeUndefined()
      expect(response.body).toContain('redirect_uri')
      expect(response.body).not.toContain(`action="${REDIRECT_URI}`)
    },

  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: rejected': async (
    plan,
  ) => {
    expect((await plan.metadata())['request_uri_parameter_supported']).toBe(false)
    const { browser } = await plan.signedIn()

    const { answer } = await plan.ask(browser, { request_uri: 'https://app.example/request.jwt' })

    expect(answer.get('error')).toBe('request_uri_not_supported')
    expect(answer.get('code')).toBeNull()
  },

  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: rejected': async (
    plan,
  ) => {
    const { request_object_signing_alg_values_supported: offered } = await plan.metadata()
    expect(offered).not.toContain('none')
    const { browser } = await plan.signedIn()
    const request = new UnsecuredJWT({ client_id: plan.party.clientId, response_type: 'code' })
      .setIssuer(plan.party.clientId)
      .setAudience(plan.tenant.issuer)
      .encode()

    const { answer, response } = await plan.ask(browser, { request })

    expect(answer.get('code')).toBeNull()
    expect(answer.get('error') ?? response.body).toMatch(/invalid_request_object/)
  },

  'oidcc-ensure-request-object-with-redirect-uri: the one in a signed object counts': async (
    plan,
  ) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
    const party = await registerRelyingParty(plan.world, {
      tenant: plan.tenant,
      metadata: { jwks: { keys: [jwk] } },
    })
    const { url, verifier } = await plan.requestUrl({ client_id: party.clientId })
    const request = await new SignJWT(Object.fromEntries(url.searchParams))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(party.clientId)
      .setAudience(plan.tenant.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)
    url.searchParams.set('redirect_uri', `${REDIRECT_URI}/of-nobody`)
    url.searchParams.set('request', request)
    const { browser } = await plan.signedIn()

    const asked = toAsked(await browser.follow(url.href), verifier)

    expect(asked.answer.get('state')).toBe(STATE)
    await expect(plan.redeem(asked, { party })).resolves.toHaveProperty('access_token')
  },

  'oidcc-codereuse: a code works once': async (plan) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.ask(browser)
    await plan.redeem(asked)

    await expect(plan.redeem(asked)).rejects.toMatchObject({ error: 'invalid_grant' })
  },

  'oidcc-codereuse-30seconds: and its second use ends what the first one brought': async (plan) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.ask(browser)
    const { access_token } = await plan.redeem(asked)
    plan.world.clock.advance({ milliseconds: 30_000 })
    expect((await plan.userinfo(access_token)).statusCode).toBe(200)

    await expect(plan.redeem(asked)).rejects.toMatchObject({ error: 'invalid_grant' })

    expect((await plan.userinfo(access_token)).statusCode).toBe(401)
  },
}
