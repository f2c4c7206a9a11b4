import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { minutes, Secret } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import {
  GOOD_PASSWORD,
  identityWorlds,
  kindsOf,
  OTHER_PASSWORD,
  race,
} from './identity-world.contract.ts'
import { verifyPassword } from './use-cases/verify-password.ts'

describeStore('change of the own password', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  const right = {
    currentPassword: new Secret(GOOD_PASSWORD),
    newPassword: new Secret(OTHER_PASSWORD),
  }
  const wrong = { ...right, currentPassword: new Secret('not the password') }
  const refusal = { code: 'current_password_wrong', status: 403 }

  async function setUp() {
    const world = await worlds()
    const { userId } = await world.register(email)
    return { ...world, userId, ada: world.as(userId) }
  }

  it('replaces the password, keeps this session only and tells the owner', async () => {
    const { identity, ada, userId, ports, signsIn, audit } = await setUp()

    await identity.changePassword(ada, right)

    expect(await signsIn(email, OTHER_PASSWORD)).toBe(true)
    expect(await signsIn(email, GOOD_PASSWORD)).toBe(false)
    expect(ports.credentialChanges).toEqual([
      { userId, reason: 'password_changed', keep: ada.principal.sessionId },
    ])
    expect(kindsOf(ports.messages).at(-1)).toBe('password_changed')
    expect(ports.guesses.get(email)).toBe(0)
    expect(await audit()).toEqual(['user.registered success', 'user.password_changed success'])
  })

  it('withdraws reset tokens', async () => {
    const { identity, anonymous, ada, ports } = await setUp()
    await identity.forgotPassword(anonymous, email)
    const token = ports.lastToken('reset_password')

    await identity.changePassword(ada, right)

    await expect(
      identity.resetPassword(anonymous, { token, password: right.newPassword }),
    ).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('refuses a wrong current password, counts it and records it', async () => {
    const { identity, ada, ports, signsIn, audit } = await setUp()

    await expect(identity.changePassword(ada, wrong)).rejects.toMatchObject(refusal)

    expect(ports.guesses.get(email)).toBe(1)
    expect(ports.credentialChanges).toEqual([])
    expect(await signsIn(email, GOOD_PASSWORD)).toBe(true)
    expect((await audit()).at(-1)).toBe('user.password_change_refused refused')
  })

  it('refuses even the right password while guessing is blocked, without a hash', async () => {
    const { identity, ada, ports } = await setUp()

    const { succeeded, codes } = await race(() => identity.changePassword(ada, wrong))
    expect({ succeeded, codes }).toEqual({ succeeded: 0, codes: ['current_password_wrong'] })
    expect(ports.verified).toBe(5)

    await expect(identity.changePassword(ada, right)).rejects.toMatchObject(refusal)
    expect(ports.verified).toBe(5)
  })

  it('does not count a guess that could not be judged', async () => {
    const { identity, ada, ports } = await setUp()
    ports.failsAt = 'verify'

    await expect(identity.changePassword(ada, right)).rejects.toMatchObject({
      code: 'test_port_failed',
    })
    expect(ports.guesses.get(email)).toBe(0)
  })

  it('lets one of two parallel changes win: the other verified what is gone', async () => {
    const { identity, ada, ports } = await setUp()

    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => identity.changePassword(ada, right)),
    )

    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
    expect(ports.credentialChanges).toHaveLength(1)
  })

  it('waits for a sign-in that holds the user, to end the session that it makes', async () => {
    const { identity, ada, ports, database, acme } = await setUp()
    let changing: Promise<void> | undefined

    await database.withTenant(acme.id, async (tx) => {
      await tx.run(sql`
        SELECT id FROM users WHERE tenant_id = current_tenant_id() FOR SHARE`)
      changing = identity.changePassword(ada, right)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(ports.credentialChanges).toEqual([])
    })
    await changing

    expect(ports.credentialChanges).toHaveLength(1)
  })

  it('changes nothing if the sessions could not be ended', async () => {
    const { identity, ada, ports, signsIn } = await setUp()
    ports.failsAt = 'credential_change'

    await expect(identity.changePassword(ada, right)).rejects.toMatchObject({
      code: 'test_port_failed',
    })

    expect(await signsIn(email, GOOD_PASSWORD)).toBe(true)
  })

  it('applies the policy to the new password, pointing at it', async () => {
    const { identity, ada } = await setUp()
    const weak = { ...right, newPassword: new Secret('short') }

    await expect(identity.changePassword(ada, weak)).rejects.toMatchObject({
      code: 'password_too_short',
      options: { fields: [{ pointer: '/new_password' }] },
    })
  })

  it('refuses a user without a password and one who is gone', async () => {
    const { identity, as, system, admin, ada, userId } = await setUp()
    const { user } = await identity.inviteUser(system, { email: 'ben@example.test' })

    await expect(identity.changePassword(as(user.id), right)).rejects.toMatchObject(refusal)
    await identity.deleteUser(admin, userId)
    await expect(identity.changePassword(ada, right)).rejects.toMatchObject({
      code: 'user_not_found',
    })
  })
})

describeStore('what sign-in asks of identity', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  const password = new Secret(GOOD_PASSWORD)

  it('verifies against the decoy for an unknown account, and never matches', async () => {
    const { identity, ports, database, acme } = await worlds()
    const unknown = await database.withTenant(acme.id, (tx) => identity.findForSignIn(tx, 'nobody'))

    const proof = await identity.verifyPassword(unknown?.passwordHash, password)

    expect(unknown).toBeUndefined()
    expect(proof).toEqual({ matches: false, needsRehash: false })
    expect(ports.verified).toBe(1)
  })

  it('does not find the account of another tenant', async () => {
    const { identity, register, database, tenant } = await worlds()
    await register(email)
    const evil = await tenant()

    const found = await database.withTenant(evil.id, (tx) => identity.findForSignIn(tx, email))

    expect(found).toBeUndefined()
  })

  it('never matches without a stored hash, even the password of the decoy', async () => {
    const { ports } = await worlds()
    const { hasher } = ports.dependencies()
    const decoyHash = await hasher.hash(password)

    const proof = await verifyPassword({ hasher: { ...hasher, decoyHash } }, undefined, password)

    expect(proof).toEqual({ matches: false, needsRehash: false })
  })

  it('stores a new hash only while the one that was verified is still there', async () => {
    const { identity, register, anonymous, as, database, acme, clock } = await worlds()
    const { userId } = await register(email)
    const find = () => database.withTenant(acme.id, (tx) => identity.findForSignIn(tx, email))
    const before = (await find())?.passwordHash ?? ''

    await identity.rehash(anonymous, userId, password, before)
    const renewed = (await find())?.passwordHash
    expect(renewed).not.toBe(before)
    expect((await identity.verifyPassword(renewed, password)).matches).toBe(true)

    clock.advance(minutes(1))
    await identity.changePassword(as(userId), {
      currentPassword: password,
      newPassword: new Secret(OTHER_PASSWORD),
    })
    await identity.rehash(anonymous, userId, password, renewed ?? '')
    expect((await identity.verifyPassword((await find())?.passwordHash, password)).matches).toBe(
      false,
    )
  })

  it('counts every spelling of an address as one account', async () => {
    const { identity } = await worlds()

    expect(identity.accountKey('ADA@Example.TEST')).toBe(identity.accountKey(email))
    expect(identity.accountKey('not an address')).toBe('not an address')
  })
})
