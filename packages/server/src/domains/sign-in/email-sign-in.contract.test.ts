import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedDuring, readAudit } from '../../../test/support/audit-trail.ts'
import { decodeClaims } from '../../../test/support/decode-claims.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { MailSignIn } from '../../../test/support/mail-sign-in.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { createEmailSignInMessages } from '../../composition/email-sign-in-messages.ts'
import { minutes, newId, Secret } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { sql } from '../../platform/db/index.ts'
import { countingStatements } from '../identity/identity-world.contract.ts'
import type { Tenant } from '../tenants/index.ts'
import { requestEmailSignIn } from './request-email-sign-in.ts'
import { signInByEmail } from './sign-in-by-email.ts'

describeStore('a sign-in by mail', (open) => {
  let world: World
  let acme: Tenant
  const settings = { email_sign_in_methods: ['link', 'code'] as ('link' | 'code')[] }

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  beforeEach(async () => {
    acme = await world.tenant(undefined, settings)
  })
  afterAll(() => world.close())

  const user = (tenant = acme) => world.actors.user({ tenant })
  const asking = async (kind: 'link' | 'code', email?: string) =>
    MailSignIn.begin(world, acme, kind, email ?? (await user()).identity.email)
  const sessions = () => countRows(world.database, acme, 'sessions')
  const burst = async (ask: () => ReturnType<MailSignIn['answer']>) => {
    const answers = await Promise.all(Array.from({ length: 50 }, ask))
    return answers.filter(({ statusCode }) => statusCode === 200).length
  }

  it.each(['link', 'code'] as const)('is complete with the %s, once', async (kind) => {
    const mail = await asking(kind)

    const { result, actions } = await auditedDuring(world, acme, () => mail.answer())
    const again = await mail.answer()

    expect(result.json()).toMatchObject({ status: 'complete', token_type: 'Bearer' })
    expect(decodeClaims(result.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:password',
      amr: ['email'],
    })
    expect(actions).toContain('session.started')
    expectProblem(again, 'invalid_email_sign_in', 401)
  })

  it.each(['link', 'code'] as const)(
    'starts one session when 50 requests send the %s at once (I2)',
    async (kind) => {
      const mail = await asking(kind)
      const before = await sessions()

      expect(await burst(() => mail.answer())).toBe(1)
      expect(await sessions()).toBe(before + 1)
    },
  )

  it('sets the session cookie where that was asked for, and takes its own back', async () => {
    const mail = await asking('link')

    const answer = await mail.answer({ transport: 'cookie' })

    const cookies = [answer.headers['set-cookie']].flat().map(String)
    expect(cookies.join('\n')).toContain(`__Host-cs_${acme.slug}_session=ses_`)
    expect(cookies.join('\n')).toContain(`__Host-cs_${acme.slug}_email_sign_in=; Max-Age=0`)
  })

  it('is bound to the browser by a cookie, too', async () => {
    const mail = await asking('link')

    expect((await mail.answer({ challenge: undefined })).statusCode).toBe(401)
    const answer = await mail.answer({ challenge: undefined }, { cookie: mail.cookie })
    expect(answer.json().status).toBe('complete')
  })

  it('is refused in another browser, unless the tenant allows that', async () => {
    const refused = await asking('link')
    expectProblem(await refused.answer({ challenge: undefined }), 'invalid_email_sign_in', 401)

    acme = await world.tenant(undefined, { ...settings, magic_link_same_browser: false })
    const allowed = await asking('link')
    expect((await allowed.answer({ challenge: undefined })).json().status).toBe('complete')
    const code = await asking('code')
    expectProblem(await code.answer({ challenge: undefined }), 'invalid_email_sign_in', 401)
  })

  it('takes five answers, however many come at once', async () => {
    const mail = await asking('code')
    await burst(() => mail.answer({ code: mail.wrongCode() }))

    expectProblem(await mail.answer(), 'invalid_email_sign_in', 401)
    const judged = (await readAudit(world, acme)).filter(
      ({ action, details }) => action === 'sign_in.refused' && details['reason'] === 'wrong_code',
    )
    expect(judged.length).toBeLessThanOrEqual(5)
  })

  it('counts wrong codes for the account, together with wrong passwords', async () => {
    const ana = await user()
    const mail = await asking('code', ana.identity.email)
    for (let guess = 0; guess < 5; guess++) await mail.answer({ code: mail.wrongCode() })

    // Five failures are free: the sixth is judged, and imposes the delay that the next one meets.
    await ana.login({ password: 'wrong-password-guess' })
    const { events } = await auditedDuring(world, acme, () => ana.login())
    expect(events.at(-1)?.details).toMatchObject({ reason: 'delayed' })
  })

  it('is refused during the delay that wrong passwords imposed, and good after it', async () => {
    const ana = await user()
    const mail = await asking('code', ana.identity.email)
    for (let guess = 0; guess < 6; guess++) await ana.login({ password: 'wrong-password-guess' })

    expectProblem(await mail.answer(), 'invalid_email_sign_in', 401)
    world.clock.advance(minutes(1))
    expect((await mail.answer()).json().status).toBe('complete')
  })

  it('is not good any more after ten minutes', async () => {
    const [link, code] = [await asking('link'), await asking('code')]
    world.clock.advance(minutes(10))

    expectProblem(await link.answer(), 'invalid_email_sign_in', 401)
    expectProblem(await code.answer(), 'invalid_email_sign_in', 401)
  })

  it('is worth nothing with the challenge of somebody else, or in another tenant', async () => {
    const [ana, ben] = [await asking('code'), await asking('code')]
    const globex = await world.tenant(undefined, settings)

    const foreign = await ana.answer({ challenge: ben.challenge })
    const elsewhere = await world.actors
      .nobody(globex)
      .call('POST', '/api/auth/magic-link/verify', ana.body())

    expectProblem(foreign, 'invalid_email_sign_in', 401)
    expectProblem(elsewhere, 'invalid_email_sign_in', 401)
    expect((await ana.answer()).json().status).toBe('complete')
  })

  it.each(['١٢٣٤٥٦٧٨', '1234567', '123456789', '1234 5678', '12345678\n', ''])(
    'refuses the code %j as malformed, without taking an attempt',
    async (code) => {
      const mail = await asking('code')
      for (let times = 0; times < 6; times++) {
        expect((await mail.answer({ code })).statusCode).toBe(400)
      }

      expect((await mail.answer()).json().status).toBe('complete')
    },
  )

  it('asks for the second factor of whoever has one; nothing is issued before it', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    const before = await sessions()
    const mail = await asking('link', ana.actor.identity.email)

    const step = await mail.answer({ transport: 'cookie' })
    expect(step.json()).toMatchObject({
      status: 'mfa_required',
      methods: ['totp', 'backup_code'],
    })
    expect(String(step.headers['set-cookie'])).not.toContain('session=ses_')
    expect(await sessions()).toBe(before)

    const { result, events } = await auditedDuring(world, acme, () =>
      ana.answer(step.json().challenge, ana.app.code()),
    )
    expect(result.json().status).toBe('complete')
    const started = events.find(({ action }) => action === 'session.started')
    expect(started?.details).toMatchObject({ method: 'email', amr: ['email', 'otp', 'mfa'] })
  })

  it('takes one proof, not two and not none', async () => {
    const mail = await asking('code')

    for (const proof of [{ token: 'x'.repeat(43) }, { code: undefined }]) {
      expectProblem(await mail.answer(proof), 'invalid_request', 400)
    }
    expect((await mail.answer()).json().status).toBe('complete')
  })

  it('is no failed attempt where a second factor is asked for', async () => {
    const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)
    const mail = await asking('link', ana.actor.identity.email)

    expect((await mail.answer()).json()).toMatchObject({ status: 'mfa_required' })

    const [counters] = await world.database.tenantBatch(acme.id, [
      sql<{ failures: number }>`SELECT failures FROM sign_in_failures
                                 WHERE tenant_id = current_tenant_id()`,
    ])
    expect(counters.filter(({ failures }) => failures > 0)).toEqual([])
  })

  it('ends with a change of the password, an address that changed, and a suspension', async () => {
    const changes: (() => Promise<unknown>)[] = [
      () =>
        update(sql`
        UPDATE passwords SET password_hash = password_hash || 'x'
         WHERE tenant_id = current_tenant_id()`),
      () =>
        update(sql`
        UPDATE users SET email_key = 'other-' || email_key WHERE tenant_id = current_tenant_id()`),
      () =>
        update(sql`
        UPDATE users SET status = 'suspended' WHERE tenant_id = current_tenant_id()`),
    ]
    for (const change of changes) {
      acme = await world.tenant(undefined, settings)
      const mail = await asking('link')
      await change()
      expectProblem(await mail.answer(), 'invalid_email_sign_in', 401)
      // What is refused at the gate has not happened: the link was not used, nothing was proven.
      const [used] = await world.database.tenantBatch(acme.id, [
        sql`SELECT FROM email_sign_ins
             WHERE tenant_id = current_tenant_id() AND consumed_at IS NOT NULL`,
      ])
      expect(used).toEqual([])
    }
  })
  const update = (statement: ReturnType<typeof sql>) =>
    world.database.tenantBatch(acme.id, [statement])

  it('verifies the address of somebody without a password', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    await world.app.identity.inviteUser(world.internalContext(acme), { email })

    const mail = await asking('link', email)
    const { result, actions } = await auditedDuring(world, acme, () => mail.answer())

    expect(result.json()).toMatchObject({ status: 'complete', user: { email_verified: true } })
    expect(actions).toContain('user.email_verified')
  })

  it('sends nothing where an unproven address has a password that its owner may not know', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    const password = new Secret('plum-orbit-lantern-42')
    await world.app.identity.createUser(world.internalContext(acme), { email, password })

    const { answer } = await MailSignIn.ask(world, acme, 'link', email)

    expect(answer.statusCode).toBe(202)
    expect(await countRows(world.database, acme, 'email_sign_ins')).toBe(1)
    expect(await sentTo(email)).toBe(0)
  })

  it('sends nothing to somebody who is suspended', async () => {
    const { userId, identity } = await user()
    await world.app.identity.suspendUser(world.internalContext(acme), userId)

    const { answer } = await MailSignIn.ask(world, acme, 'link', identity.email)

    expect(answer.statusCode).toBe(202)
    expect(await sentTo(identity.email)).toBe(0)
  })

  it('refuses what is no address, which says nothing about accounts', async () => {
    const body = { email: 'no address' }
    const answer = await world.actors.nobody(acme).call('POST', '/api/auth/magic-link', body)

    expectProblem(answer, 'email_invalid', 400)
    expect(await countRows(world.database, acme, 'email_sign_ins')).toBe(0)
  })
  const sentTo = async (email: string) => {
    const [[row]] = await world.database.tenantBatch(acme.id, [
      sql<{ n: number }>`SELECT count(*)::integer AS n FROM email_sign_ins
                          WHERE tenant_id = current_tenant_id() AND is_sent
                            AND email_key = ${email}`,
    ])
    return row?.n ?? 0
  }

  it('answers alike for known, unknown and suspended addresses, and to wrong codes for them', async () => {
    const [known, suspended] = [await user(), await user()]
    await world.app.identity.suspendUser(world.internalContext(acme), suspended.userId)
    const emails = [known.identity.email, suspended.identity.email, 'nobody@example.test']

    const seen = []
    for (const email of emails) {
      const { answer, challenge } = await MailSignIn.ask(world, acme, 'code', email)
      const body = { challenge, code: '00000000' }
      const wrong = await world.actors
        .nobody(acme)
        .call('POST', '/api/auth/magic-link/verify', body)
      seen.push({
        asked: JSON.stringify(observable(answer)).replaceAll(challenge, '{challenge}'),
        wrong: observable(wrong),
      })
    }

    expect(new Set(seen.map(({ asked }) => asked)).size).toBe(1)
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  it('takes as many statements for an unknown address as for a known one', async () => {
    const known = (await user()).identity.email
    const statementsFor = async (email: string) => {
      const { database, count } = countingStatements(world.database)
      const emailMessages = createEmailSignInMessages(world.app.outbox)
      const services = { ...world.app, database, emailMessages }
      const context = world.internalContext(acme)
      const { challenge } = await requestEmailSignIn(services, context, { email, kind: 'code' })
      const asked = count()
      const secret = new Secret('00000000')
      const answer = { kind: 'code', challenge, secret, transport: 'bearer' } as const
      await expect(signInByEmail(services, context, answer)).rejects.toThrow()
      return { asked, answered: count() - asked }
    }

    const expected = await statementsFor(known)
    expect(await sentTo(known)).toBe(1)
    expect(await statementsFor('nobody@example.test')).toEqual(expected)
  })

  it('sends one message a minute, five an hour and ten a day to one address', async () => {
    const { email } = (await user()).identity
    const ask = () => MailSignIn.ask(world, acme, 'link', email)
    await Promise.all(Array.from({ length: 10 }, ask))
    expect(await sentTo(email)).toBe(1)
    for (let minute = 0; minute < 10; minute++) {
      world.clock.advance(minutes(1))
      await ask()
    }
    expect(await sentTo(email)).toBe(5)
    for (let hour = 0; hour < 10; hour++) {
      world.clock.advance(minutes(61))
      await ask()
    }
    expect(await sentTo(email)).toBe(10)
  })

  it('is off unless the tenant allows it, each way for itself', async () => {
    acme = await world.tenant(undefined, { email_sign_in_methods: ['code'] })
    const mail = await asking('code')
    const nobody = world.actors.nobody(acme)
    const asked = await nobody.call('POST', '/api/auth/magic-link', { email: 'a@example.test' })
    expectProblem(asked, 'email_sign_in_disabled', 403)
    const token = { challenge: mail.challenge, token: 'x'.repeat(43) }
    const link = await nobody.call('POST', '/api/auth/magic-link/verify', token)
    expectProblem(link, 'email_sign_in_disabled', 403)

    acme = await world.tenant()
    const code = await world.actors
      .nobody(acme)
      .call('POST', '/api/auth/magic-link', { email: 'a@example.test', kind: 'code' })
    expectProblem(code, 'email_sign_in_disabled', 403)
  })

  it('stores neither token nor code nor challenge', async () => {
    const mails = [await asking('link'), await asking('code')]

    const [rows] = await world.database.tenantBatch(acme.id, [
      sql<{ row: string; secret: Buffer }>`
        SELECT email_sign_ins::text AS row, secret_hash AS secret FROM email_sign_ins
         WHERE tenant_id = current_tenant_id()`,
    ])
    for (const { challenge, secret } of mails) {
      for (const { row } of rows) {
        expect(row).not.toContain(challenge)
        expect(row).not.toContain(Buffer.from(secret).toString('hex'))
      }
    }
    // Attack: whoever reads the table tries all eight digits, unless the challenge is needed too.
    const code = sha256(mails[1]?.secret ?? '')
    expect(rows.some(({ secret }) => code.equals(secret))).toBe(false)
  })

  it('is forgotten a day after it was sent, and at once where nothing was', async () => {
    await asking('link')
    await MailSignIn.ask(world, acme, 'link', 'nobody@example.test')
    const context = world.internalContext(acme)

    world.clock.advance(minutes(11))
    await world.app.signIn.purge(context)
    expect(await countRows(world.database, acme, 'email_sign_ins')).toBe(1)
    world.clock.advance(minutes(24 * 60))
    await world.app.signIn.purge(context)
    expect(await countRows(world.database, acme, 'email_sign_ins')).toBe(0)
  })
})
