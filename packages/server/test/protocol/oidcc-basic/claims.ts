import { expect } from 'vitest'
import type { ConformancePlan, Modules } from '../../support/conformance-plan.ts'

/** What a client learns of a user, and how it asks. */
export const claimModules: Modules = {
  'oidcc-userinfo-get: answers a GET with the token in its header': async (plan) => {
    const { ana, browser } = await plan.signedIn()
    const { access_token } = await plan.obtain(browser)

    const answer = await plan.userinfo(access_token)

    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.json()).toEqual({ sub: ana.userId })
  },

  'oidcc-userinfo-post-header: answers a POST with the token in its header': async (plan) => {
    const { ana, browser } = await plan.signedIn()
    const { access_token } = await plan.obtain(browser)

    const answer = await plan.world.app.http.inject({
      method: 'POST',
      url: `/t/${plan.tenant.slug}/oauth/userinfo`,
      headers: { authorization: `Bearer ${access_token}` },
    })

    expect([answer.statusCode, answer.json()]).toEqual([200, { sub: ana.userId }])
  },

  'oidcc-userinfo-post-body: answers a POST with the token in its form': async (plan) => {
    const { ana, browser } = await plan.signedIn()
    const { access_token } = await plan.obtain(browser)

    const answer = await plan.world.app.http.inject({
      method: 'POST',
      url: `/t/${plan.tenant.slug}/oauth/userinfo`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ access_token }).toString(),
    })

    expect([answer.statusCode, answer.json()]).toEqual([200, { sub: ana.userId }])
  },

  'oidcc-scope-profile: tells what is known of the profile': async (plan) => {
    const told = await askForScope(plan, 'openid profile')

    expect(told).toMatchObject({ name: 'Ana Example', updated_at: expect.any(Number) })
    expect(told).not.toHaveProperty('email')
  },

  'oidcc-scope-email: tells the address, and that it is proven': async (plan) => {
    const told = await askForScope(plan, 'openid email')

    expect(told).toMatchObject({ email: expect.stringContaining('@'), email_verified: true })
    expect(told).not.toHaveProperty('name')
  },

  'oidcc-scope-address: is not offered, so it is ignored': (plan) => ignoresScope(plan, 'address'),

  'oidcc-scope-phone: is not offered, so it is ignored': (plan) => ignoresScope(plan, 'phone'),

  'oidcc-scope-all: tells what is known, and ignores what is not offered': async (plan) => {
    const told = await askForScope(plan, 'openid profile email address phone')

    expect(told).toMatchObject({ name: 'Ana Example', email: expect.stringContaining('@') })
    expect(told).not.toHaveProperty('address')
    expect(told).not.toHaveProperty('phone_number')
  },

  'oidcc-claims-essential: a claim asked for by name is told': async (plan) => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })

    const told = await askForScope(plan, 'openid', { claims })

    expect(told).toMatchObject({ name: 'Ana Example' })
    expect(told).not.toHaveProperty('email')
  },

  'oidcc-claims-locales: does no harm': async (plan) => {
    const { browser } = await plan.signedIn()

    const tokens = await plan.obtain(browser, { claims_locales: 'se' })

    expect(tokens.id_token).toEqual(expect.any(String))
  },
}

async function askForScope(
  plan: ConformancePlan,
  scope: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const { ana, browser } = await plan.signedIn()
  await ana.call('PATCH', '/api/auth/me', { display_name: 'Ana Example' })
  const { access_token } = await plan.obtain(browser, { scope, ...more })
  const told = (await plan.userinfo(access_token)).json<Record<string, unknown>>()
  expect(told['sub']).toBe(ana.userId)
  return told
}

async function ignoresScope(plan: ConformancePlan, scope: string): Promise<void> {
  expect((await plan.metadata())['scopes_supported']).not.toContain(scope)

  expect(Object.keys(await askForScope(plan, `openid ${scope}`))).toEqual(['sub'])
}
