import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { days, minutes, Secret, type TenantPolicy } from '../../kernel/index.ts'
import { createPasswordHasher } from '../../platform/password-hashing/index.ts'
import { createIdentity, isPasswordExpired } from './index.ts'
import { GOOD_PASSWORD, identityWorlds, OTHER_PASSWORD } from './identity-world.contract.ts'

describeStore('passwords that were used before', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  const reused = { code: 'password_reused', status: 422 }
  /** Distinct, and good enough for every profile. */
  const nth = (n: number) => `gravel ${n} harp untold mosaic`

  async function setUp(profile: 'nist' | 'pci-dss' | 'psd2') {
    const world = await worlds({ password_profile: profile })
    const { userId } = await world.register(email, nth(0))
    const ada = world.as(userId)
    let present = nth(0)
    const changeUnder = async (policy: TenantPolicy, password: string) => {
      world.clock.advance(minutes(1))
      await world.identity.changePassword(
        { ...ada, tenant: { ...world.acme, policy } },
        { currentPassword: new Secret(present), newPassword: new Secret(password) },
      )
      present = password
    }
    const change = (password: string) => changeUnder(world.acme.policy, password)
    const reset = async (password: string) => {
      world.clock.advance(minutes(2))
      await world.identity.forgotPassword(world.anonymous, email)
      const token = world.ports.lastToken('reset_password')
      await world.identity.resetPassword(world.anonymous, { token, password: new Secret(password) })
      present = password
    }
    const kept = () => countRows(world.database, world.acme, 'password_history')
    return { ...world, userId, ada, change, changeUnder, reset, kept }
  }

  it.each([
    ['pci-dss', 4],
    ['psd2', 5],
  ] as const)('are refused under %s: the present one and %i before it', async (profile, count) => {
    const { change, kept, signsIn } = await setUp(profile)
    for (let n = 1; n <= count; n++) await change(nth(n))

    for (let n = 0; n <= count; n++) await expect(change(nth(n))).rejects.toMatchObject(reused)
    expect(await signsIn(email, nth(count))).toBe(true)
    expect(await kept()).toBe(count)

    await change(nth(count + 1))
    expect(await kept()).toBe(count)
    await change(nth(0))
    await expect(change(nth(count + 1))).rejects.toMatchObject(reused)
  })

  it('are refused for a reset too, and the token can be used again', async () => {
    const { change, reset, identity, anonymous, ports, signsIn } = await setUp('pci-dss')
    await change(nth(1))

    await expect(reset(nth(0))).rejects.toMatchObject({
      ...reused,
      options: { fields: [{ pointer: '/password', code: 'password_reused' }] },
    })
    const token = ports.lastToken('reset_password')
    await identity.resetPassword(anonymous, { token, password: new Secret(nth(2)) })

    expect(await signsIn(email, nth(2))).toBe(true)
    await expect(change(nth(1))).rejects.toBeDefined()
  })

  it('are kept by a reset', async () => {
    const { reset, change, kept } = await setUp('pci-dss')

    await reset(nth(1))

    expect(await kept()).toBe(1)
    await expect(change(nth(0))).rejects.toMatchObject(reused)
  })

  it('point at the member of a change', async () => {
    const { change } = await setUp('psd2')

    await expect(change(nth(0))).rejects.toMatchObject({
      options: { fields: [{ pointer: '/new_password', code: 'password_reused' }] },
    })
  })

  it('are free under NIST, and nothing is kept', async () => {
    const { change, kept } = await setUp('nist')

    await change(nth(0))
    await change(nth(1))
    await change(nth(0))

    expect(await kept()).toBe(0)
  })

  it('are forgotten when the tenant goes back to a profile without a history', async () => {
    const { change, kept, as, userId, acme, clock, identity } = await setUp('pci-dss')
    await change(nth(1))
    expect(await kept()).toBe(1)
    const policy = { ...acme.policy, passwordProfile: 'nist' as const }

    clock.advance(minutes(1))
    await identity.changePassword(
      { ...as(userId), tenant: { ...acme, policy } },
      { currentPassword: new Secret(nth(1)), newPassword: new Secret(nth(2)) },
    )

    expect(await kept()).toBe(0)
  })

  it('are refused as many as the profile of now remembers, the newest ones', async () => {
    const { change, changeUnder, acme } = await setUp('psd2')
    for (let n = 1; n <= 5; n++) await change(nth(n))
    const policy = { ...acme.policy, passwordProfile: 'pci-dss' as const }

    for (let n = 1; n <= 5; n++) {
      await expect(changeUnder(policy, nth(n))).rejects.toMatchObject(reused)
    }
    await changeUnder(policy, nth(0))
  })

  it('stay, whatever others of the tenant change meanwhile', async () => {
    const { change, register, as, identity, clock } = await setUp('pci-dss')
    await change(nth(1))
    const ben = as((await register('ben@example.test', nth(20))).userId)
    for (let n = 20; n < 25; n++) {
      clock.advance(minutes(1))
      const passwords = { currentPassword: new Secret(nth(n)), newPassword: new Secret(nth(n + 1)) }
      await identity.changePassword(ben, passwords)
    }
    await change(nth(2))

    await expect(change(nth(0))).rejects.toMatchObject(reused)
  })

  it('are not passed over where they can not be compared', async () => {
    const { reset, ports, signsIn } = await setUp('pci-dss')
    ports.failsAt = 'verify'

    await expect(reset(nth(0))).rejects.toMatchObject({ code: 'test_port_failed' })

    ports.failsAt = undefined
    expect(await signsIn(email, nth(0))).toBe(true)
  })

  it('are not kept when the change did not happen', async () => {
    const { change, ports, kept } = await setUp('pci-dss')
    ports.failsAt = 'credential_change'

    await expect(change(nth(1))).rejects.toMatchObject({ code: 'test_port_failed' })

    expect(await kept()).toBe(0)
  })

  it('are kept once when 4 change it at the same time', async () => {
    const { identity, ada, kept } = await setUp('pci-dss')
    const change = { currentPassword: new Secret(nth(0)), newPassword: new Secret(nth(1)) }

    await Promise.allSettled(Array.from({ length: 4 }, () => identity.changePassword(ada, change)))

    expect(await kept()).toBe(1)
  })

  it('belong to one user, and go with the user', async () => {
    const { change, register, as, identity, admin, userId, kept } = await setUp('pci-dss')
    await change(nth(1))
    const ben = as((await register('ben@example.test', nth(9))).userId)

    await identity.changePassword(ben, {
      currentPassword: new Secret(nth(9)),
      newPassword: new Secret(nth(0)),
    })
    expect(await kept()).toBe(2)
    await identity.deleteUser(admin, userId)

    expect(await kept()).toBe(1)
  })

  it('do not stop a reset when their pepper is lost', async () => {
    const { database, access, ports, acme, anonymous, clock, userId, as } = await setUp('pci-dss')
    const pepper = new Secret<Uint8Array>(Buffer.alloc(32, 'a'))
    const cheap = { memoryKib: 256, iterations: 1, parallelism: 1, workers: 1, queueLimit: 50 }
    const peppered = createPasswordHasher({ ...cheap, pepper })
    const before = createIdentity({
      database,
      access,
      ...ports.dependencies(),
      hasher: peppered,
    })
    clock.advance(minutes(2))
    await before.forgotPassword(anonymous, email)
    const reset = (identity: typeof before, password: string) =>
      identity.resetPassword(anonymous, {
        token: ports.lastToken('reset_password'),
        password: new Secret(password),
      })
    await reset(before, nth(1))
    await peppered.close()

    const after = createIdentity({ database, access, ...ports.dependencies() })
    clock.advance(minutes(2))
    await after.forgotPassword(anonymous, email)
    await reset(after, nth(2))

    expect(await countRows(database, acme, 'password_history')).toBe(2)
    await expect(
      after.changePassword(as(userId), {
        currentPassword: new Secret(nth(2)),
        newPassword: new Secret(nth(0)),
      }),
    ).rejects.toMatchObject(reused)
  })
})

describeStore('the age of a password', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'

  it('is counted from its last change, not from a renewed hash', async () => {
    const { identity, register, anonymous, as, acme, database, clock } = await worlds({
      password_profile: 'pci-dss',
    })
    const { userId } = await register(email, GOOD_PASSWORD)
    const find = async () => {
      const account = await database.withTenant(acme.id, (tx) => identity.findForSignIn(tx, email))
      if (account === undefined) throw new Error('no account')
      return account
    }
    const isExpired = async () => {
      const { passwordChangedAt } = await find()
      if (passwordChangedAt === undefined) throw new Error('no password')
      return isPasswordExpired(acme.policy, passwordChangedAt, clock.now())
    }

    expect(await isExpired()).toBe(false)
    clock.advance(days(90))
    const { passwordHash = '' } = await find()
    await identity.rehash(anonymous, userId, new Secret(GOOD_PASSWORD), passwordHash)
    expect(await isExpired()).toBe(true)
    await identity.changePassword(as(userId), {
      currentPassword: new Secret(GOOD_PASSWORD),
      newPassword: new Secret(`${OTHER_PASSWORD} 7`),
    })
    expect(await isExpired()).toBe(false)
  })
})
