import type { Response as InjectResponse } from 'light-my-request'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import { readAudit } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tokenFromMail } from './read-mail.ts'
import { requestOf } from './route-requests.ts'

/**
 * Threat: a secret or an address lands where more people read it than may: in a log, in the audit
 * trail, in an error (invariant I13, ASVS 16.2.5).
 */
let world: World
let acme: Tenant
const errorBodies: string[] = []
/** By what it is; whatever of it is found anywhere fails the test. */
const secrets = new Map<string, string>()

const EMAIL = 'very.private.ana@secret-domain.test'
const PASSWORDS = ['plum-orbit-lantern-42', 'quartz-meadow-ripple-77', 'walnut-harbor-cobalt-19']
const NAME = 'Anastasia Unmistakable'

beforeAll(async () => {
  world = await openWorld({ env: { COUNTERSIGN_LOG_LEVEL: 'debug' } })
  acme = await world.tenant()
  await liveThroughEverything()
})
afterAll(() => world.close())

/** Uses every way in and out, rightly and wrongly, and keeps every secret that it sees. */
async function liveThroughEverything(): Promise<void> {
  secrets.set('address', EMAIL).set('domain of the address', 'secret-domain').set('name', NAME)
  for (const [index, password] of PASSWORDS.entries()) secrets.set(`password ${index}`, password)
  const ana = world.actors.nobody(acme)
  const [first, second, third] = PASSWORDS
  await post(ana, '/api/auth/register', { email: EMAIL, password: first, display_name: NAME })
  const verification = await keepMailed('verification token', 1)
  await post(ana, '/api/auth/verify-email', { token: verification })
  await post(ana, '/api/auth/verify-email', { token: verification })
  await post(ana, '/api/auth/register', { email: EMAIL, password: first })
  await post(ana, '/api/auth/login', { email: EMAIL, password: second })
  await post(ana, '/api/auth/login', { email: EMAIL, password: first, unknown: first })
  keepTokens(ana, await post(ana, '/api/auth/login', { email: EMAIL, password: first }), 'first')
  await post(ana, '/api/auth/refresh', { refresh_token: ana.refreshToken })
  await post(ana, '/api/auth/password/change', { current_password: third, new_password: second })
  await post(ana, '/api/auth/password/change', { current_password: first, new_password: EMAIL })
  await post(ana, '/api/auth/password/change', { current_password: first, new_password: second })
  await post(ana, '/api/auth/password/forgot', { email: EMAIL })
  const reset = await keepMailed('reset token', 4)
  await post(ana, '/api/auth/password/reset', { token: reset, password: third })
  await post(ana, '/api/auth/password/reset', { token: reset, password: third })
  await ana.call('GET', '/api/auth/me').then(keepError)
  await liveWithCookie(third ?? '')
  await sendEverythingTwiceWrong(ana)
}

async function liveWithCookie(password: string): Promise<void> {
  const [user] = await world.app.identity.listUsers(world.internalContext(acme), {
    email: EMAIL,
    limit: 1,
  })
  if (user === undefined) throw new Error('nobody registered')
  const ana = world.actors.nobody(acme)
  const login = await post(ana, '/api/auth/login', { email: EMAIL, password, transport: 'cookie' })
  const cookie = String(login.headers['set-cookie']).split(';')[0] ?? ''
  ana.cookie = cookie
  ana.csrfToken = login.json().csrf_token
  secrets.set('cookie', cookie.split('=')[1] ?? '')
  secrets.set('CSRF token', ana.csrfToken ?? '')
  await ana
    .request({
      method: 'PATCH',
      url: '/api/auth/me',
      payload: { display_name: NAME },
      headers: { 'x-csrf-token': 'wrong' },
    })
    .then(keepError)
  await post(ana, '/api/auth/logout', undefined)
}

/** Malformed bodies and addresses that hold the secrets. */
async function sendEverythingTwiceWrong(ana: Actor): Promise<void> {
  const text = JSON.stringify(Object.fromEntries(secrets))
  for (const route of world.app.routes.filter((route) => route.body !== undefined)) {
    const { url, method } = requestOf(route)
    const headers = { 'content-type': 'application/json' }
    for (const payload of [text, text.slice(0, -1), `${text}x`, `[${text}]`]) {
      keepError(
        await ana.request({ url, ...(method === undefined ? {} : { method }), headers, payload }),
      )
    }
  }
  for (const secret of secrets.values()) {
    const url = `/api/nowhere/${encodeURIComponent(secret)}?token=${encodeURIComponent(secret)}`
    await world.app.http.inject({ url })
    await ana.request({ url: '/api/auth/me', headers: { authorization: `Bearer ${secret}` } })
  }
}

async function post(actor: Actor, path: string, body: unknown): Promise<InjectResponse> {
  const answer = await actor.call('POST', path, body)
  keepError(answer)
  return answer
}

function keepError(answer: InjectResponse): void {
  if (answer.statusCode >= 400) errorBodies.push(answer.body + JSON.stringify(answer.headers))
}

function keepTokens(actor: Actor, answer: InjectResponse, which: string): void {
  const tokens = answer.json<{ access_token: string; refresh_token: string }>()
  actor.accessToken = tokens.access_token
  actor.refreshToken = tokens.refresh_token
  secrets.set(`${which} access token`, tokens.access_token)
  secrets.set(`${which} access token’s signature`, tokens.access_token.split('.')[2] ?? '')
  secrets.set(`${which} refresh token`, tokens.refresh_token)
  secrets.set(`${which} refresh token’s secret`, tokens.refresh_token.split('.')[1] ?? '')
}

async function keepMailed(what: string, count: number): Promise<string> {
  const token = await tokenFromMail(world, EMAIL, count)
  secrets.set(what, token)
  return token
}

function expectNoSecretIn(text: string): void {
  const found = [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name)
  expect(found).toEqual([])
  expect(text).not.toMatch(/\$argon2id\$/)
  expect(text).not.toMatch(/-----BEGIN/)
}

it('met every kind of secret, and none that is empty', () => {
  expect(secrets.size).toBeGreaterThanOrEqual(14)
  for (const secret of secrets.values()) expect(secret.length).toBeGreaterThan(10)
  expect(errorBodies.length).toBeGreaterThan(40)
})

it('leaves no secret and no address in the log', () => {
  expect(world.logLines.length).toBeGreaterThan(50)

  expectNoSecretIn(world.logLines.join('\n'))
})

it('leaves no secret and no address in the audit trail', async () => {
  const trail = await readAudit(world, acme)
  expect(trail.length).toBeGreaterThan(10)

  expectNoSecretIn(JSON.stringify(trail))
})

it('repeats no secret in an error', () => {
  for (const body of errorBodies) expectNoSecretIn(body)
})

it('shows no inside of the server in an error', () => {
  for (const body of errorBodies) {
    expect(body).not.toMatch(/\bat \w+ \(|node_modules|\.ts:\d|SELECT |ZodError|TypeError/)
  }
})
