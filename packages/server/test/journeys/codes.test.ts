import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, seconds } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { CountingToken } from '../support/counting-token.ts'
import { decodeClaims } from '../support/decode-claims.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { MailSignIn } from '../support/mail-sign-in.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant
let ana: Actor
let number: string
let made = 0

beforeAll(async () => {
  world = await openWorld()
})
beforeEach(async () => {
  acme = await world.tenant(undefined, {
    sms_allowed_countries: ['+49'],
    email_sign_in_methods: ['link', 'code'],
  })
  ana = await world.actors.signedIn({ tenant: acme })
  made += 1
  number = `+4916${String(100_000_000 + made)}`
})
afterAll(() => world.close())

const verify = (challenge: string, method: string, code: string) =>
  world.actors.nobody(acme).call('POST', '/api/auth/mfa/verify', { challenge, method, code })

const ask = (challenge: string) =>
  world.actors.nobody(acme).call('POST', '/api/auth/mfa/challenge', { challenge, method: 'sms' })

/** The newest of at least `count` messages to the number. */
async function smsCode(count = 1): Promise<string> {
  await expect
    .poll(() => world.mailbox.list({ to: number }).length, { timeout: 5000 })
    .toBeGreaterThanOrEqual(count)
  const text = world.mailbox.list({ to: number })[0]?.text ?? ''
  return /^([0-9]{6}) is your code/.exec(text)?.[1] ?? ''
}

async function enrollPhone(): Promise<string> {
  const enrolled = await ana.call('POST', '/api/auth/mfa/sms/enroll', {
    phone_number: number,
    current_password: ana.identity.password,
  })
  expect(enrolled.statusCode).toBe(201)
  expect(enrolled.json().notice).toContain('intercepted')
  const { id } = enrolled.json<{ id: string }>()
  const body = { id, code: await smsCode() }
  expect((await ana.call('POST', '/api/auth/mfa/sms/confirm', body)).json()).toMatchObject({
    status: 'confirmed',
  })
  world.clock.advance(seconds(31))
  return id
}

async function subjects(): Promise<readonly string[]> {
  return world.mailbox.list({ to: ana.identity.email }).map(({ subject }) => subject)
}

describe('a code by SMS', () => {
  it('lets in whoever enrolled a number, and steps up, and ends with its removal', async () => {
    const id = await enrollPhone()
    await expect.poll(subjects).toContain(`A second factor was added at ${acme.slug}`)
    expect((await ana.call('GET', '/api/auth/mfa')).json().factors).toMatchObject([
      { id, kind: 'sms', phone_number: `+49•••••••••${number.slice(-2)}` },
    ])

    const step = (await ana.login()).json()
    expect(step).toMatchObject({ status: 'mfa_required', methods: ['sms', 'backup_code'] })
    const sent = await ask(step.challenge)
    expect([sent.statusCode, sent.json()]).toEqual([
      201,
      { sent_to: `+49•••••••••${number.slice(-2)}`, expires_in: 300 },
    ])
    const signedIn = await verify(step.challenge, 'sms', await smsCode(2))
    expect(decodeClaims(signedIn.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:mfa',
      amr: ['pwd', 'sms', 'mfa'],
    })

    world.clock.advance(seconds(31))
    const stepUp = (await ana.call('POST', '/api/auth/step-up', {})).json()
    expect(stepUp.methods).toEqual(['sms', 'backup_code'])
    const path = `/api/auth/step-up/${stepUp.id}`
    expect((await ana.call('POST', `${path}/challenge`, { method: 'sms' })).statusCode).toBe(201)
    const proof = { method: 'sms', code: await smsCode(3) }
    const stronger = await ana.call('POST', `${path}/verify`, proof)
    expect(stronger.json()).toMatchObject({ acr: 'urn:countersign:acr:mfa' })

    ana.accessToken = stronger.json().access_token
    const proven = { current_password: ana.identity.password }
    expect((await ana.call('DELETE', `/api/auth/mfa/${id}`, proven)).statusCode).toBe(204)
    await expect.poll(subjects).toContain(`A second factor was removed at ${acme.slug}`)
    expect((await ana.login()).json().status).toBe('complete')
  })

  it('counts in the sign-in that it was sent for, and in no other one', async () => {
    await enrollPhone()
    const [first, second] = [(await ana.login()).json(), (await ana.login()).json()]
    await ask(first.challenge)
    const code = await smsCode(2)

    expectProblem(await verify(second.challenge, 'sms', code), 'invalid_challenge_response', 401)
    expectProblem(await verify('x'.repeat(43), 'sms', code), 'invalid_challenge_response', 401)
    expect((await verify(first.challenge, 'sms', code)).json().status).toBe('complete')
  })

  it('starts one session when 50 requests send it at once (I2)', async () => {
    await enrollPhone()
    const { challenge } = (await ana.login()).json()
    await ask(challenge)
    const code = await smsCode(2)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => verify(challenge, 'sms', code)),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  })

  it('is sent once in half a minute; the refusal says when to ask again', async () => {
    await enrollPhone()
    const { challenge } = (await ana.login()).json()
    await ask(challenge)

    const { result, actions } = await auditedDuring(world, acme, () => ask(challenge))
    expectProblem(result, 'sms_limit_reached', 429)
    expect(result.headers['retry-after']).toBe('30')
    expect(actions).toEqual(['sms.code_refused'])
  })

  it('is not sent for the step-up of another session, nor for none', async () => {
    const stepUp = (await ana.call('POST', '/api/auth/step-up', {})).json()
    const other = await anotherSession()

    for (const id of [stepUp.id, newId('stp')]) {
      const { result, actions } = await auditedDuring(world, acme, () =>
        other.call('POST', `/api/auth/step-up/${id}/challenge`, { method: 'sms' }),
      )

      expectProblem(result, 'step_up_not_found', 404)
      expect(actions).not.toContain('sms.code_sent')
    }
  })

  /** Of the same user, who has a number by now. */
  async function anotherSession(): Promise<Actor> {
    await enrollPhone()
    const { challenge } = (await ana.login()).json()
    await ask(challenge)
    const signedIn = await verify(challenge, 'sms', await smsCode(2))
    const other = world.actors.nobody(acme)
    other.accessToken = signedIn.json<{ access_token: string }>().access_token
    world.clock.advance(seconds(31))
    return other
  }

  it('is not sent for a challenge of nobody, nor to somebody without a number', async () => {
    expectProblem(await ask('x'.repeat(43)), 'invalid_challenge_response', 401)
    expect(world.mailbox.list({ to: number })).toEqual([])
  })

  it.each([
    '+0491511234567',
    '+49 151 1234567',
    '00491511234567',
    '+4915',
    '+٤٩١٥١١٢٣٤٥٦',
    `+49${'1'.repeat(14)}`,
  ])('refuses the number %j as malformed', async (phone_number) => {
    const body = { phone_number, current_password: ana.identity.password }
    expect((await ana.call('POST', '/api/auth/mfa/sms/enroll', body)).statusCode).toBe(400)
  })

  it.each(['١٢٣٤٥٦', '12345', '1234567', '123 456'])(
    'refuses the code %j as malformed, without taking a try',
    async (code) => {
      await enrollPhone()
      const { challenge } = (await ana.login()).json()
      await ask(challenge)
      for (let times = 0; times < 6; times++) {
        expect((await verify(challenge, 'sms', code)).statusCode).toBe(400)
      }
      expect((await verify(challenge, 'sms', await smsCode(2))).json().status).toBe('complete')
    },
  )
})

it('a token that counts lets its owner in with each code once', async () => {
  const enrolled = await ana.call('POST', '/api/auth/mfa/hotp/enroll', {
    current_password: ana.identity.password,
  })
  const token = new CountingToken(enrolled.json().secret)
  const confirmation = { id: enrolled.json().id, code: token.press() }
  const confirmed = await ana.call('POST', '/api/auth/mfa/hotp/confirm', confirmation)
  expect(confirmed.json().backup_codes).toHaveLength(10)

  const first = (await ana.login()).json()
  expect(first.methods).toEqual(['hotp', 'backup_code'])
  token.pressInPocket(9)
  const code = token.press()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => verify(first.challenge, 'hotp', code)),
  )
  expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)

  const second = (await ana.login()).json()
  expectProblem(await verify(second.challenge, 'hotp', code), 'invalid_challenge_response', 401)
  token.pressInPocket(10)
  const tooFar = await verify(second.challenge, 'hotp', token.press())
  expectProblem(tooFar, 'invalid_challenge_response', 401)
  const stepUp = (await ana.call('POST', '/api/auth/step-up', {})).json()
  expect(stepUp.methods).toEqual(['hotp', 'backup_code'])
})

it('mail lets somebody in, and asks for the SMS of whoever has one', async () => {
  const link = await MailSignIn.begin(world, acme, 'link', ana.identity.email)
  expect((await link.answer()).json().status).toBe('complete')

  await enrollPhone()
  world.clock.advance(seconds(60))
  const code = await MailSignIn.begin(world, acme, 'code', ana.identity.email)
  const step = (await code.answer()).json()
  expect(step).toMatchObject({ status: 'mfa_required', methods: ['sms', 'backup_code'] })
  await ask(step.challenge)
  const complete = await verify(step.challenge, 'sms', await smsCode(2))
  expect(decodeClaims(complete.json().access_token)['amr']).toEqual(['email', 'sms', 'mfa'])
})
