import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { AuthenticatorApp } from '../support/authenticator-app.ts'
import { CountingToken } from '../support/counting-token.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { csrfTokenIn, PageVisitor } from './page-visitor.ts'

const PASSWORD = 'plum-orbit-lantern-42'
const NUMBER = '+4915112345678'

let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant(undefined, {
    sms_allowed_countries: ['+49'],
    email_sign_in_methods: ['link'],
  })
})

afterAll(() => world.close())

async function signedIn(tenant = acme) {
  const user = await world.actors.signedIn({ tenant })
  const visitor = new PageVisitor(world, tenant)
  await visitor.submit('/sign-in', { email: user.identity.email, password: PASSWORD })
  return { user, visitor }
}

const hidden = (body: string, name: string) =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''

async function lastSmsCode(): Promise<string> {
  const find = () => /\d{6}/.exec(world.mailbox.list({ to: NUMBER })[0]?.text ?? '')?.[0]
  await expect.poll(find, { timeout: 5000 }).toBeDefined()
  return find() ?? ''
}

describe('a phone number', () => {
  it('is enrolled by the code that it gets, with backup codes', async () => {
    const { user, visitor } = await signedIn()
    const offered = await visitor.get('/account/security')
    const sent = await visitor.submit('/account/phone/new', {
      phone_number: '0049 (151) 123-45678',
      current_password: PASSWORD,
    })
    const form = { csrf: csrfTokenIn(sent), factor_id: hidden(sent.body, 'factor_id') }

    const malformed = await visitor.post('/account/phone/confirm', { ...form, code: '12' })
    const code = await lastSmsCode()
    const confirmed = await visitor.post('/account/phone/confirm', { ...form, code })

    expect(offered.body).toContain('/account/phone/new')
    expect(sent.body).not.toContain(NUMBER)
    expect(malformed.statusCode).toBe(422)
    expect(confirmed.body).toContain('backup codes')
    const { factors } = (await user.call('GET', '/api/auth/mfa')).json()
    expect(factors).toMatchObject([{ kind: 'sms' }])
  })

  it('that is none, or comes without the password, gets no message', async () => {
    const { visitor } = await signedIn()
    const before = world.mailbox.list({ to: NUMBER }).length
    for (const [phone_number, current_password, status] of [
      ['12345', PASSWORD, 422],
      [NUMBER, 'wrong-horse-battery', 403],
      ['+12025550123', PASSWORD, 422],
    ] as const) {
      const answer = await visitor.submit('/account/phone/new', { phone_number, current_password })

      expect([phone_number, answer.statusCode]).toEqual([phone_number, status])
      expect(answer.body).not.toContain(current_password)
    }
    expect(world.mailbox.list({ to: NUMBER })).toHaveLength(before)
  })

  it('is not offered where the tenant sends no SMS', async () => {
    const { visitor } = await signedIn(await world.tenant())

    expect((await visitor.get('/account/security')).body).not.toContain('/account/phone/new')
    expect((await visitor.get('/account/phone/new')).statusCode).toBe(403)
  })
})

describe('a token that counts', () => {
  it('is enrolled by a first code of it', async () => {
    const { user, visitor } = await signedIn()
    const shown = await visitor.submit('/account/token/new', { current_password: PASSWORD })
    const secret = /class="secret">([^<]*)</.exec(shown.body)?.[1]?.replaceAll(' ', '') ?? ''
    const form = { csrf: csrfTokenIn(shown), factor_id: hidden(shown.body, 'factor_id') }
    const token = new CountingToken(secret)

    const app = new AuthenticatorApp(secret, world.clock)
    const wrong = await visitor.post('/account/token/confirm', { ...form, code: app.wrongCode() })
    const code = token.press()
    const right = await visitor.post('/account/token/confirm', { ...form, code })

    expect(wrong.statusCode).toBe(403)
    expect(wrong.body).not.toContain(secret)
    expect(right.body).toContain('backup codes')
    const { factors } = (await user.call('GET', '/api/auth/mfa')).json()
    expect(factors).toMatchObject([{ kind: 'hotp' }])
  })

  it('is not offered where the tenant uses no second factors', async () => {
    const { visitor } = await signedIn(await world.tenant(undefined, { mfa_policy: 'off' }))

    expect((await visitor.get('/account/security')).body).not.toMatch(/(?:app|token|phone)\/new/)
  })
})

describe('the choice of a factor at a sign-in', () => {
  it('neither offers nor takes an app where only keys are enough', async () => {
    const strict = await world.tenant(undefined, { mfa_policy: 'phishing_resistant' })
    const { identity } = await world.actors.user({ tenant: strict })
    const visitor = new PageVisitor(world, strict)
    await visitor.submit('/sign-in', { email: identity.email, password: PASSWORD })
    const choice = await visitor.get('/sign-in/enroll')
    const csrf = csrfTokenIn(choice)

    const begun = await visitor.post('/sign-in/enroll', { csrf })
    const key = await visitor.post('/sign-in/enroll/passkey', { csrf })

    expect(choice.body).not.toContain('/sign-in/enroll"')
    expect(begun.headers.location).toBe(`/t/${strict.slug}/sign-in/enroll`)
    expect(begun.body).not.toContain('otpauth')
    expect(key.statusCode).toBe(200)
  })
})

describe('a link of a message', () => {
  it('leads whoever has a second factor to its code, and then to where they wanted', async () => {
    const { actor, app } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant: acme }),
      world.clock,
    )
    const { email } = actor.identity
    const visitor = new PageVisitor(world, acme)
    const wanted = `/t/${acme.slug}/account/activity`
    await visitor.submit(`/sign-in/email?return_to=${encodeURIComponent(wanted)}`, {
      email,
      kind: 'link',
      return_to: wanted,
    })
    const find = () =>
      /magic-link#(\S+)/.exec(world.mailbox.list({ to: email })[0]?.text ?? '')?.[1]
    await expect.poll(find, { timeout: 5000 }).toBeDefined()

    const proven = await visitor.submit('/magic-link', { token: find() ?? '' })
    const half = await visitor.get('/account')
    const code = app.code()
    const verify = (proven.headers.location ?? '').replace(`/t/${acme.slug}`, '')
    const complete = await visitor.submit(verify, { method: 'totp', code, return_to: wanted })

    expect(verify).toMatch(/^\/sign-in\/verify/)
    expect(half.headers.location).toContain('/sign-in?return_to=')
    expect(complete.body).toContain(`url=${wanted}`)
    expect((await visitor.get('/account')).statusCode).toBe(200)
  })
})
