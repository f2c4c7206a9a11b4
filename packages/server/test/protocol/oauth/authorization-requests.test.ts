import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { ACR } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import { authorize, obtainTokens, redeem } from '../../support/authorize.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  REDIRECT_URI,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'

let world: World
let tenant: Tenant
let ana: Actor
let party: RelyingParty
let browser: Browser

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  party = await registerRelyingParty(world, { tenant })
  browser = new Browser(world, ana)
})
afterAll(() => world.close())

describe('RFC 9700 §2.1: redirect addresses are compared as text', () => {
  it.each([
    ['a path below', `${REDIRECT_URI}/more`],
    ['another query', `${REDIRECT_URI}?a=b`],
    ['user information', 'https://app.example@evil.example/callback'],
    ['a back slash', 'https://app.example\\@evil.example/callback'],
    ['a fragment', `${REDIRECT_URI}#x`],
    ['upper case', 'https://APP.example/callback'],
    ['http', 'http://app.example/callback'],
    ['a script', 'javascript:alert(1)'],
    ['nothing', ''],
  ])('and %s is never redirected to', async (_, redirect_uri) => {
    const answer = await open({ redirect_uri })

    expect(answer.statusCode).toBe(400)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.body).toMatch(/req_\w+/)
  })

  it('and an unknown client is told so on our own page', async () => {
    const answer = await open({ client_id: 'cli_00000000000000000000000000' })

    expect(answer.statusCode).toBe(400)
    expect(answer.headers.location).toBeUndefined()
  })
})

describe('RFC 7636', () => {
  it('§4.4.1: refuses a request without a challenge, at the client', async () => {
    const answer = await open({ code_challenge: undefined, code_challenge_method: undefined })

    expect(errorOf(answer.headers.location)).toBe('invalid_request')
  })

  it('§4.4.1: refuses the method `plain`', async () => {
    const answer = await open({ code_challenge_method: 'plain' })

    expect(errorOf(answer.headers.location)).toBe('invalid_request')
  })
})

it('RFC 6749 §4.1.3: refuses a code of another client', async () => {
  const authorized = await authorize(browser, party)
  const other = await registerRelyingParty(world, { tenant })

  await expect(redeem(other, authorized)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('RFC 6749 §3.1: refuses a parameter that comes twice', async () => {
  const url = await requestUrl({})
  const answer = await browser.open(`${url}&scope=openid`)

  expect(errorOf(answer.headers.location)).toBe('invalid_request')
})

it('RFC 6749 §3.1.1: knows no implicit flow', async () => {
  const answer = await open({ response_type: 'token' })

  expect(answer.headers.location).toMatch(/#error=unsupported_response_type/)
})

it('RFC 9207: says who answers, in errors too', async () => {
  const { callback } = await authorize(browser, party)
  const refused = await open({ code_challenge_method: 'plain' })

  expect(callback.searchParams.get('iss')).toBe(tenant.issuer)
  const error = new URL(String(refused.headers.location))
  expect(error.searchParams.get('iss')).toBe(tenant.issuer)
})

it('a code of one tenant is nothing in another', async () => {
  const elsewhere = await world.tenant()
  const other = await registerRelyingParty(world, { tenant: elsewhere })
  const authorized = await authorize(browser, party)
  authorized.callback.searchParams.set('iss', elsewhere.issuer)

  await expect(redeem(other, authorized)).rejects.toMatchObject({ error: 'invalid_grant' })
})

describe('OIDC Core §3.1.2.1', () => {
  it('acr_values: asks for the stronger class, with the class', async () => {
    const url = await requestUrl({ acr_values: ACR.mfa })
    const asked = new URL(String((await browser.follow(url)).headers.location), BASE)

    expect(asked.searchParams.get('reason')).toBe('step_up')
    expect(asked.searchParams.get('acr_values')).toBe(ACR.mfa)
  })

  it('prompt=create: leads to the registration', async () => {
    const answer = await new Browser(world).follow(await requestUrl({ prompt: 'create' }))

    expect(answer.headers.location).toMatch(/\/register\?return_to=/)
  })
})

it('an interaction of another browser can not be taken over', async () => {
  const victim = new Browser(world)
  const asked = await victim.follow(await requestUrl({}))

  const answer = await browser.open(returnOf(asked.headers.location))

  expect(answer.statusCode).toBe(400)
})

it('I5: audits what it issues and what it refuses', async () => {
  await obtainTokens(browser, party)
  await expect(oidc.refreshTokenGrant(party.config, 'nonsense')).rejects.toThrow()

  const actions = (await readAudit(world, tenant)).map(({ action }) => action)
  expect(actions).toContain('oauth.token_issued')
  expect(actions).toContain('oauth.token_refused')
})

async function open(changes: Record<string, string | undefined>) {
  return browser.open(await requestUrl(changes))
}

async function requestUrl(changes: Record<string, string | undefined>): Promise<string> {
  const challenge = await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier())
  const parameters: Record<string, string | undefined> = {
    client_id: party.clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  const entries = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return `${tenant.issuer}/oauth/authorize?${new URLSearchParams(entries).toString()}`
}

function errorOf(location: unknown): string | null {
  return new URL(String(location)).searchParams.get('error')
}

function returnOf(location: unknown): string {
  return new URL(String(location), BASE).searchParams.get('return_to') ?? ''
}

const BASE = 'http://localhost:4820'
