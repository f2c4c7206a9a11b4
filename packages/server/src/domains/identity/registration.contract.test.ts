import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { hours, minutes, Secret, seconds, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { createIdentity } from './index.ts'
import {
  countingStatements,
  GOOD_PASSWORD,
  identityWorlds,
  kindsOf,
  OTHER_PASSWORD,
  race,
} from './identity-world.contract.ts'

describeStore('registration', (open) => {
  const setUp = identityWorlds(open)
  const password = new Secret(GOOD_PASSWORD)

  it('creates an unverified user who can prove the password, and sends a token', async () => {
    const { identity, anonymous, ports, signsIn, database, acme, audit } = await setUp()

    await identity.register(anonymous, { email: 'Ada@Example.test', password, locale: 'de-CH' })

    expect(ports.messages).toMatchObject([
      { kind: 'verify_email', to: 'ada@example.test', locale: 'de-CH' },
    ])
    expect(await signsIn('ada@example.TEST', GOOD_PASSWORD)).toBe(true)
    const found = await database.withTenant(acme.id, (tx) =>
      identity.findForSignIn(tx, 'ADA@example.test'),
    )
    expect(found).toMatchObject({ status: 'active', emailVerified: false })
    expect(await audit()).toEqual(['user.registered success'])
  })

  it('answers a known address in any case alike, after the same work', async () => {
    const world = await setUp()
    await world.register('ada@example.test')
    const run = async (email: string) => {
      const { database, count } = countingStatements(world.database)
      const { access, ports, anonymous } = world
      const identity = createIdentity({ database, access, ...ports.dependencies() })
      const hashedBefore = ports.hashed
      const answer = await identity.register(anonymous, { email, password })
      return { answer, statements: count(), hashes: ports.hashed - hashedBefore }
    }

    const known = await run('ADA@example.test')
    const unknown = await run('new@example.test')

    expect(known).toEqual(unknown)
    expect(known.hashes).toBe(1)
    expect(kindsOf(world.ports.messages)).toEqual([
      'verify_email',
      'already_registered',
      'verify_email',
    ])
    expect(world.ports.messages[1]).toMatchObject({ to: 'ada@example.test' })
    expect(world.ports.messages[1]?.token).toBeUndefined()
  })

  it('changes nothing of a known account', async () => {
    const { identity, anonymous, register, signsIn, audit } = await setUp()
    await register('ada@example.test')

    await identity.register(anonymous, {
      email: 'ada@example.test',
      password: new Secret(OTHER_PASSWORD),
    })

    expect(await signsIn('ada@example.test', GOOD_PASSWORD)).toBe(true)
    expect(await audit()).toEqual(['user.registered success', 'user.registration_repeated refused'])
  })

  it('makes one user of parallel registrations, and answers all alike', async () => {
    const { identity, anonymous, ports, database, acme } = await setUp()

    const { succeeded } = await race(() =>
      identity.register(anonymous, { email: 'ada@example.test', password }),
    )

    expect(succeeded).toBe(50)
    expect(await countRows(database, acme, 'users')).toBe(1)
    const kinds = kindsOf(ports.messages)
    expect(kinds.filter((kind) => kind === 'verify_email')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'already_registered')).toHaveLength(49)
  })

  it('refuses while registration is closed, and records it', async () => {
    const { identity, anonymous, database, acme, audit } = await setUp({ registration: 'closed' })

    const refused = identity.register(anonymous, { email: 'ada@example.test', password })

    await expect(refused).rejects.toMatchObject({ code: 'registration_closed', status: 403 })
    expect(await countRows(database, acme, 'users')).toBe(0)
    expect(await audit()).toEqual(['user.registration_refused refused'])
  })

  it('checks the password before it looks at the address', async () => {
    const { identity, anonymous, register, ports } = await setUp()
    await register('ada@example.test')
    const weak = new Secret('abcabcabcabcabc')

    for (const email of ['ada@example.test', 'new@example.test']) {
      await expect(identity.register(anonymous, { email, password: weak })).rejects.toMatchObject({
        code: 'password_too_weak',
      })
    }
    expect(ports.hashed).toBe(1)
  })

  it('keeps the same address of two tenants apart', async () => {
    const { identity, register, tenant, context, ports } = await setUp()
    await register('ada@example.test')

    await identity.register(context(await tenant()), { email: 'ada@example.test', password })

    expect(kindsOf(ports.messages)).toEqual(['verify_email', 'verify_email'])
  })

  it('refuses text that is no address', async () => {
    const { identity, anonymous } = await setUp()

    await expect(identity.register(anonymous, { email: 'ada', password })).rejects.toMatchObject({
      code: 'email_invalid',
      status: 400,
    })
  })
})

describeStore('verification of an address', (open) => {
  const setUp = identityWorlds(open)
  const refusal = { code: 'token_invalid', status: 422 }

  it('marks the address verified once, however many try at once', async () => {
    const { identity, anonymous, register, audit } = await setUp()
    const { token, userId } = await register('ada@example.test')

    const { succeeded, codes } = await race(() => identity.verifyEmail(anonymous, token))

    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeDefined()
    const trail = await audit()
    expect(trail.filter((entry) => entry === 'user.email_verified success')).toHaveLength(1)
    const refused = trail.filter((entry) => entry === 'user.email_verification_refused refused')
    expect(refused).toHaveLength(49)
  })

  it('refuses unknown, expired and foreign tokens and those of another purpose alike', async () => {
    const { identity, anonymous, register, tenant, context, clock, ports } = await setUp()
    const { token, userId } = await register('ada@example.test')
    await identity.forgotPassword(anonymous, 'ada@example.test')
    const reset = ports.lastToken('reset_password')
    const foreign = context(await tenant())

    await expect(identity.verifyEmail(anonymous, new Secret('x'))).rejects.toMatchObject(refusal)
    await expect(identity.verifyEmail(foreign, token)).rejects.toMatchObject(refusal)
    await expect(identity.verifyEmail(anonymous, reset)).rejects.toMatchObject(refusal)
    clock.advance(hours(24))
    await expect(identity.verifyEmail(anonymous, token)).rejects.toMatchObject(refusal)
    expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeUndefined()
  })

  it('refuses a token that was sent to an earlier address of the user', async () => {
    const { identity, anonymous, register, database, acme } = await setUp()
    const { token, userId } = await register('ada@example.test')
    await database.tenantBatch(acme.id, [
      sql`UPDATE users SET email_key = 'eve@example.test'
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`,
    ])

    await expect(identity.verifyEmail(anonymous, token)).rejects.toMatchObject(refusal)
    expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeUndefined()
  })

  it('refuses the token of a suspended user', async () => {
    const { identity, anonymous, register, admin, audit } = await setUp()
    const { token, userId } = await register('ada@example.test')
    await identity.suspendUser(admin, userId)

    await expect(identity.verifyEmail(anonymous, token)).rejects.toMatchObject(refusal)
    expect(await audit()).not.toContain('user.email_verified success')
  })

  it('is of the first proof, whatever proves the address again', async () => {
    const { identity, anonymous, register, clock, ports } = await setUp()
    const { token, userId } = await register('ada@example.test')
    const { emailVerifiedAt } = await identity.verifyEmail(anonymous, token)
    clock.advance(minutes(2))
    await identity.forgotPassword(anonymous, 'ada@example.test')

    await identity.resetPassword(anonymous, {
      token: ports.lastToken('reset_password'),
      password: new Secret(OTHER_PASSWORD),
    })

    const after = await identity.getUser(anonymous, userId)
    expect(after.emailVerifiedAt).toEqual(emailVerifiedAt)
  })

  it('sends another token, and the earlier one stops working', async () => {
    const { identity, anonymous, register, clock, ports } = await setUp()
    const first = await register('ada@example.test')
    clock.advance(minutes(1))

    await identity.resendVerification(anonymous, 'ADA@example.test')

    expect(kindsOf(ports.messages)).toEqual(['verify_email', 'verify_email'])
    await expect(identity.verifyEmail(anonymous, first.token)).rejects.toMatchObject(refusal)
    await identity.verifyEmail(anonymous, ports.lastToken('verify_email'))
  })

  it('sends at most one message a minute and five an hour', async () => {
    const { identity, anonymous, register, clock, ports } = await setUp()
    await register('ada@example.test')
    clock.advance(seconds(59))
    await identity.resendVerification(anonymous, 'ada@example.test')
    expect(ports.messages).toHaveLength(1)

    for (let n = 0; n < 10; n++) {
      clock.advance(minutes(1))
      await identity.resendVerification(anonymous, 'ada@example.test')
    }
    expect(ports.messages).toHaveLength(5)

    clock.advance(hours(1))
    await identity.resendVerification(anonymous, 'ada@example.test')
    expect(ports.messages).toHaveLength(6)
  })

  it('counts the messages of each address for itself', async () => {
    const { identity, anonymous, register, clock, ports } = await setUp()
    await register('ada@example.test')
    await register('ben@example.test')
    clock.advance(minutes(1))

    await identity.resendVerification(anonymous, 'ada@example.test')
    await identity.resendVerification(anonymous, 'ben@example.test')

    expect(ports.messages.slice(2).map(({ to }) => to)).toEqual([
      'ada@example.test',
      'ben@example.test',
    ])
  })

  it('sends one message for parallel requests', async () => {
    const { identity, anonymous, register, clock, ports } = await setUp()
    await register('ada@example.test')
    clock.advance(minutes(1))

    const { succeeded } = await race(() =>
      identity.resendVerification(anonymous, 'ada@example.test'),
    )

    expect(succeeded).toBe(50)
    expect(ports.messages).toHaveLength(2)
  })

  it('sends nothing to unknown, verified and suspended addresses', async () => {
    const { identity, anonymous, register, clock, ports, admin } = await setUp()
    const ada = await register('ada@example.test')
    await identity.verifyEmail(anonymous, ada.token)
    const eve = await register('eve@example.test')
    await identity.suspendUser(admin, eve.userId)
    clock.advance(minutes(1))

    for (const name of ['ada', 'eve', 'nobody']) {
      await identity.resendVerification(anonymous, `${name}@example.test`)
    }

    expect(ports.messages).toHaveLength(2)
  })
})
