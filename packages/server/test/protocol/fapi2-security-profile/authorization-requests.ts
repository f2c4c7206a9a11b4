import { expect } from 'vitest'
import { type Changes } from '../../support/conformance-plan.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { type FapiModules, type FapiPlan, type PushOptions } from '../../support/fapi-plan.ts'
import { Browser, REDIRECT_URI } from '../../support/relying-party.ts'

const P = 'fapi2-security-profile-final'

/** What is asked for counts as it was pushed. */
export const requestModules: FapiModules = {
  [`${P}-ensure-different-nonce-inside-and-outside-request-object: the pushed one counts`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.visit(browser, await plan.push(), { nonce: 'of-the-address' })

    const answer = await plan.redeem(asked)

    expect(decodeClaims(answer.json<{ id_token: string }>().id_token)['nonce']).toBe(
      'nonce-of-the-client',
    )
  },

  [`${P}-ensure-different-state-inside-and-outside-request-object: the pushed one counts`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()

    const { answer } = await plan.visit(browser, await plan.push(), { state: 'of-the-address' })

    expect(answer.get('state')).toBe('state-of-the-client')
  },

  [`${P}-state-only-outside-request-object-not-used: none comes back`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const pushed = await plan.push({ state: undefined })

    const { answer } = await plan.visit(browser, pushed, { state: 'of-the-address' })

    expect(answer.get('code')).toEqual(expect.any(String))
    expect(answer.has('state')).toBe(false)
  },

  [`${P}-par-without-duplicate-parameters: client and reference are enough`]: async (plan) => {
    const { browser } = await plan.signedIn()

    await expect(plan.obtain(browser)).resolves.toHaveProperty('access_token')
  },

  [`${P}-ensure-request-object-without-redirect-uri-fails: it is not guessed`]: (plan) =>
    refusesPush(plan, { redirect_uri: undefined }, 'invalid_request'),

  [`${P}-ensure-redirect-uri-in-authorization-request: it is not guessed`]: (plan) =>
    refusesPush(plan, { redirect_uri: undefined }, 'invalid_request'),

  [`${P}-plain-fapi-tolerate-unregistered-redirect-uri: another one is refused`]: (plan) =>
    refusesPush(plan, { redirect_uri: `${REDIRECT_URI}/other` }, 'invalid_request'),

  [`${P}-ensure-response-type-code-idtoken-fails: no token comes through the browser`]: (plan) =>
    refusesPush(plan, { response_type: 'code id_token' }, 'unsupported_response_type'),

  [`${P}-ensure-response-type-token-fails: no token comes through the browser`]: (plan) =>
    refusesPush(plan, { response_type: 'token' }, 'unsupported_response_type'),

  [`${P}-par-ensure-pkce-required: there is no code without a challenge`]: (plan) =>
    refusesPush(
      plan,
      { code_challenge: undefined, code_challenge_method: undefined },
      'invalid_request',
    ),

  [`${P}-par-plain-pkce-rejected: a challenge is a hash`]: (plan) =>
    refusesPush(plan, { code_challenge_method: 'plain' }, 'invalid_request'),

  [`${P}-par-authorization-request-containing-request_uri-form-param: is refused`]: (plan) =>
    refusesPush(plan, {}, 'request_uri_not_supported', {
      form: { request_uri: 'urn:ietf:params:oauth:request_uri:made-up' },
    }),

  [`${P}-ensure-unsigned-authorization-request-without-using-par-fails: is refused`]: async (
    plan,
  ) => {
    const { browser } = await plan.signedIn()
    const { parameters, verifier } = await plan.parameters()
    const pushed = { ...(await plan.push()), requestUri: '', verifier }

    const { answer } = await plan.visit(browser, pushed, { ...parameters, request_uri: undefined })

    expect(answer.get('error')).toBe('invalid_request')
    expect(answer.has('code')).toBe(false)
  },

  [`${P}-par-attempt-invalid-http-method: requests are pushed by POST`]: async (plan) => {
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const url = `/t/${plan.tenant.slug}/oauth/par`
      const { statusCode } = await plan.world.app.http.inject({ method, url })
      expect([404, 405]).toContain(statusCode)
    }
  },

  [`${P}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: a second visit goes on`]:
    async (plan) => {
      const pushed = await plan.push()
      const first = await plan.visit(new Browser(plan.world), pushed)
      expect(first.response.headers.location).toContain('/sign-in?')

      const { browser } = await plan.signedIn()
      const asked = await plan.visit(browser, pushed)

      expect((await plan.redeem(asked)).statusCode).toBe(200)
    },

  [`${P}-par-attempt-reuse-request_uri: a request brings one code`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const pushed = await plan.push()
    expect((await plan.visit(browser, pushed)).answer.has('code')).toBe(true)

    await refusesVisit(plan, browser, pushed)
  },

  [`${P}-par-attempt-to-use-expired-request_uri: is refused`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const pushed = await plan.push()
    const { expires_in } = pushed.answer.json<{ expires_in: number }>()
    expect(expires_in).toBeLessThanOrEqual(600)
    plan.world.clock.advance({ milliseconds: (expires_in + 1) * 1_000 })

    await refusesVisit(plan, browser, pushed)
  },

  [`${P}-par-attempt-to-use-request_uri-for-different-client: is refused`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const pushed = await plan.push()

    await refusesVisit(plan, browser, pushed, { client_id: plan.other.clientId })
    // It is still there for the client that pushed it.
    expect((await plan.visit(browser, pushed)).answer.has('code')).toBe(true)
  },
}

async function refusesPush(
  plan: FapiPlan,
  changes: Changes,
  error: string,
  options: PushOptions = {},
): Promise<void> {
  const { answer } = await plan.push(changes, options)

  expect([answer.statusCode, answer.json()]).toMatchObject([400, { error }])
  expect(answer.json()).not.toHaveProperty('request_uri')
}

async function refusesVisit(
  plan: FapiPlan,
  browser: Browser,
  pushed: Parameters<FapiPlan['visit']>[1],
  changes: Changes = {},
): Promise<void> {
  const { response } = await plan.visit(browser, pushed, changes)

  expect(response.statusCode).toBe(400)
  expect(response.headers.location).toBeUndefined()
  expect(response.body).toMatch(/invalid_request/)
}
