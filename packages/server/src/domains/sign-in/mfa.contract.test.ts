import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { decodeClaims } from '../../../test/support/decode-claims.ts'
import { minutes, Secret, seconds, toUuid } from '../../kernel/index.ts'
import { sql, type Statement } from '../../platform/db/index.ts'
import { createPasswordHasher } from '../../platform/password-hashing/index.ts'
import type { Tenant } from '../tenants/index.ts'

describeStore('a sign-in with two factors', (open) => {
  let world: World
  let acme: Tenant

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  // Wrong codes count for their source, too, which all tests share.
  beforeEach(async () => {
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const withApp = async (tenant = acme) =>
    MfaActor.enroll(await world.actors.signedIn({ tenant }), world.clock)

  /** Behind the back of the use cases, which end every sign-in that waits for its next step. */
  const meanwhile = (statement: Statement) => world.database.tenantBatch(acme.id, [statement])
  const setStatus = ({ actor }: MfaActor, status: string) =>
    meanwhile(sql`
      UPDATE users SET status = ${status}
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(actor.userId)}`)

  /** Answers 50 times at once, and says how many were accepted. */
  const burst = async (ask: (index: number) => ReturnType<MfaActor['answer']>) => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)))
    return answers.filter(({ statusCode }) => statusCode === 200).length
  }

  it('asks for the factor and issues nothing before it', async () => {
    const ana = await withApp()
    const before = await countRows(world.database, acme, 'sessions')

    const answer = await ana.actor.login({ transport: 'cookie' })

    expect(Object.keys(answer.json()).sort()).toEqual([
      'challenge',
      'expires_in',
      'methods',
      'status',
    ])
    expect(answer.json()).toMatchObject({
      status: 'mfa_required',
      methods: ['totp', 'backup_code'],
      expires_in: 300,
    })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(await countRows(world.database, acme, 'sessions')).toBe(before)
  })

  it('is complete with the code, and the token says how', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge()

    const { result, actions } = await auditedDuring(world, acme, () =>
      ana.answer(challenge, ana.app.code()),
    )

    expect(result.json()).toMatchObject({ status: 'complete', token_type: 'Bearer' })
    expect(decodeClaims(result.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:mfa',
      amr: ['pwd', 'otp', 'mfa'],
    })
    expect(actions).toContain('session.started')
  })

  it('keeps the transport that was asked for', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge({ transport: 'cookie' })

    const answer = await ana.answer(challenge, ana.app.code())

    expect(answer.json()).toMatchObject({ status: 'complete', csrf_token: expect.any(String) })
    expect(answer.json().access_token).toBeUndefined()
    expect(String(answer.headers['set-cookie'])).toContain(`__Host-cs_${acme.slug}_session=ses_`)
  })

  it('is complete with a backup code, once', async () => {
    const ana = await withApp()
    const [code = ''] = ana.backupCodes
    const [first, second] = [await ana.challenge(), await ana.challenge()]

    const accepted = await ana.answer(first.challenge, code, 'backup_code')
    const repeated = await ana.answer(second.challenge, code, 'backup_code')

    expect(accepted.json()).toMatchObject({ status: 'complete' })
    expectProblem(repeated, 'invalid_challenge_response', 401)
  })

  it('answers every failure alike; the trail has the reason', async () => {
    const unknown = 'x'.repeat(43)
    const reference = observable(await (await withApp()).answer(unknown, '123456'))
    const cases: [string, (ana: MfaActor, challenge: string) => Promise<string>][] = [
      ['wrong_code', async (ana) => ana.app.wrongCode()],
      [
        'challenge_unusable',
        async (ana) => {
          world.clock.advance(minutes(5))
          return ana.app.code()
        },
      ],
      [
        'challenge_unusable',
        async (ana, challenge) => {
          await ana.answer(challenge, ana.app.code())
          ana.nextCode()
          return ana.app.code()
        },
      ],
      [
        'user_suspended',
        async (ana) => {
          await setStatus(ana, 'suspended')
          return ana.app.code()
        },
      ],
      [
        'credential_changed',
        async (ana) => {
          await meanwhile(sql`
            UPDATE passwords SET password_hash = password_hash || 'x'
             WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ana.actor.userId)}`)
          return ana.app.code()
        },
      ],
      [
        'wrong_code',
        async (ana) => {
          await meanwhile(sql`
            DELETE FROM authentication_factors
             WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(ana.actor.userId)}`)
          return ana.app.code()
        },
      ],
      [
        'challenge_unusable',
        async (ana) => {
          await world.app.identity.suspendUser(world.internalContext(acme), ana.actor.userId)
          return ana.app.code()
        },
      ],
      [
        'challenge_unusable',
        async (ana) => {
          await ana.actor.call('POST', '/api/auth/password/change', {
            current_password: ana.actor.identity.password,
            new_password: 'gravel harp untold mosaic',
          })
          return ana.app.code()
        },
      ],
      [
        'challenge_unusable',
        async (ana) => {
          await ana.actor.call('DELETE', `/api/auth/mfa/${ana.factorId}`, {
            current_password: ana.actor.identity.password,
            method: 'backup_code',
            code: ana.backupCodes[0],
          })
          return ana.app.code()
        },
      ],
    ]
    for (const [reason, prepare] of cases) {
      const ana = await withApp()
      const { challenge } = await ana.challenge()
      const code = await prepare(ana, challenge)

      const { result, events } = await auditedDuring(world, acme, () => ana.answer(challenge, code))

      expect({ reason, seen: observable(result) }).toEqual({ reason, seen: reference })
      expect(events).toMatchObject([
        { action: 'sign_in.refused', outcome: 'refused', details: { reason, method: 'totp' } },
      ])
    }
  })

  it('leaves a code unused that was right but could not complete', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge()
    await setStatus(ana, 'suspended')
    expect((await ana.answer(challenge, ana.app.code())).statusCode).toBe(401)

    await setStatus(ana, 'active')

    expect((await ana.answer(challenge, ana.app.code())).statusCode).toBe(200)
  })

  it('judges at most five of 50 wrong answers to one challenge, and no sixth', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge()

    const { events } = await auditedDuring(world, acme, () =>
      burst(() => ana.answer(challenge, ana.app.wrongCode())),
    )
    world.clock.advance(minutes(1))
    const late = await ana.answer(challenge, ana.app.code())

    const reasons = events.map((event) => event.details['reason'])
    expect(reasons).toHaveLength(50)
    expect(reasons.filter((reason) => reason !== 'challenge_unusable')).toHaveLength(5)
    expect(late.statusCode).toBe(401)
  })

  it('starts one session when 50 right answers come to one challenge', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge()
    const before = await countRows(world.database, acme, 'sessions')

    const accepted = await burst(() => ana.answer(challenge, ana.app.code()))

    expect(accepted).toBe(1)
    expect(await countRows(world.database, acme, 'sessions')).toBe(before + 1)
  })

  it('starts one session when one code answers many challenges (I2)', async () => {
    const ana = await withApp()
    const challenges: string[] = []
    for (let count = 0; count < 5; count++) challenges.push((await ana.challenge()).challenge)

    const accepted = await burst((index) => ana.answer(challenges[index % 5] ?? '', ana.app.code()))

    expect(accepted).toBe(1)
  })

  it('does not let somebody who knows the password guess codes with ever new challenges', async () => {
    const ana = await withApp()
    for (let guess = 0; guess < 5; guess++) {
      const { challenge } = await ana.challenge()
      expect((await ana.answer(challenge, ana.app.wrongCode())).statusCode).toBe(401)
    }

    const sixth = await ana.actor.login()
    world.clock.advance(seconds(31))
    const { challenge } = await ana.challenge()
    const wrong = await ana.answer(challenge, ana.app.wrongCode())
    const { result, events } = await auditedDuring(world, acme, () =>
      ana.answer(challenge, ana.app.code()),
    )

    expect(expectProblem(sixth, 'invalid_credentials', 401)).toBeDefined()
    expect([wrong.statusCode, result.statusCode]).toEqual([401, 401])
    expect(events.map((event) => event.details['reason'])).toEqual(['delayed'])
  })

  it('lets the owner in after the delay, and forgets the failures then', async () => {
    const ana = await withApp()
    const first = await ana.challenge()
    for (let guess = 0; guess < 5; guess++) await ana.answer(first.challenge, ana.app.wrongCode())
    expect((await ana.actor.login()).statusCode).toBe(401)
    world.clock.advance(seconds(31))

    await ana.signIn()

    for (let guess = 0; guess < 4; guess++) {
      const { challenge } = await ana.challenge()
      await ana.answer(challenge, ana.app.wrongCode())
    }
    await ana.signIn()
  })

  it.each(['12345', '1234567', '12345a', '１２３４５６', '٠١٢٣٤٥', ' 12345', '123456\n', ''])(
    'takes %j for malformed, not for a guess',
    async (code) => {
      const ana = await withApp()
      const { challenge } = await ana.challenge()

      for (let times = 0; times < 6; times++) {
        expectProblem(await ana.answer(challenge, code), 'invalid_request', 400)
      }

      expect((await ana.answer(challenge, ana.app.code())).statusCode).toBe(200)
    },
  )

  it('accepts a challenge for its own user, tenant and purpose only', async () => {
    const [ana, ben] = [await withApp(), await withApp()]
    const gus = await withApp(await world.tenant())
    const { challenge } = await ana.challenge()

    const codeOfAnother = await ana.answer(challenge, ben.app.code())
    const tenantOfAnother = await gus.answer(challenge, ana.app.code())
    const asEnrollment = await ana.actor.call('POST', '/api/auth/mfa/enrollment/totp', {
      challenge,
    })

    expectProblem(codeOfAnother, 'invalid_challenge_response', 401)
    expectProblem(tenantOfAnother, 'invalid_challenge_response', 401)
    expectProblem(asEnrollment, 'invalid_challenge_response', 401)
    expect((await ana.answer(challenge, ana.app.code())).statusCode).toBe(200)
  })

  it('still asks for the factor after a password reset', async () => {
    const ana = await withApp()
    const { email } = ana.actor.identity
    await world.app.identity.forgotPassword(world.internalContext(acme), email)
    const token = await expect
      .poll(() => /reset-password#(\S+)/.exec(mailsTo(email))?.[1])
      .toBeDefined()
      .then(() => /reset-password#(\S+)/.exec(mailsTo(email))?.[1] ?? '')
    const password = new Secret('gravel harp untold mosaic')
    await world.app.identity.resetPassword(world.internalContext(acme), {
      token: new Secret(token),
      password,
    })
    ana.actor.identity.password = password.reveal()

    expect((await ana.challenge()).methods).toEqual(['totp', 'backup_code'])
  })

  it('renews an old password hash first, so that the challenge holds for the new one', async () => {
    const ana = await withApp()
    const before = await replaceHash(ana)

    const { challenge } = await ana.challenge()

    expect(await hashOf(ana)).not.toBe(before)
    expect((await ana.answer(challenge, ana.app.code())).statusCode).toBe(200)
  })

  /** The same password, hashed with other parameters. */
  async function replaceHash({ actor }: MfaActor): Promise<string> {
    const older = createPasswordHasher({ ...OLDER_PARAMETERS, workers: 1, queueLimit: 2 })
    const hash = await older.hash(new Secret(actor.identity.password))
    await older.close()
    await world.database.tenantBatch(acme.id, [
      sql`UPDATE passwords SET password_hash = ${hash}
           WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(actor.userId)}`,
    ])
    return hash
  }

  async function hashOf({ actor }: MfaActor): Promise<string | undefined> {
    const [rows] = await world.database.tenantBatch(acme.id, [
      sql<{ password_hash: string }>`SELECT password_hash FROM passwords
        WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(actor.userId)}`,
    ])
    return rows[0]?.password_hash
  }

  it('forgets challenges that have expired', async () => {
    const fresh = await world.tenant()
    const ana = await withApp(fresh)
    await ana.challenge()
    await world.app.signIn.purge(world.internalContext(fresh))
    const young = await countRows(world.database, fresh, 'sign_in_challenges')
    world.clock.advance(minutes(6))
    await world.app.signIn.purge(world.internalContext(fresh))

    expect([young, await countRows(world.database, fresh, 'sign_in_challenges')]).toEqual([1, 0])
  })

  function mailsTo(email: string): string {
    return world.mailbox
      .list({ to: email })
      .map(({ text }) => text)
      .join('\n')
  }
})

const OLDER_PARAMETERS = { memoryKib: 19_456, iterations: 3, parallelism: 1 }
