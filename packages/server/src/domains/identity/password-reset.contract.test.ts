import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { hours, minutes, Secret, toUuid } from '../../kernel/index.ts'
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

describeStore('password reset', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  const password = new Secret(OTHER_PASSWORD)
  const refusal = { code: 'token_invalid', status: 422 }

  async function setUp() {
    const world = await worlds()
    const { userId } = await world.register(email)
    await world.identity.forgotPassword(world.anonymous, 'ADA@Example.test')
    return { ...world, userId, token: world.ports.lastToken('reset_password') }
  }

  it('sets the password, verifies the address, ends sessions and tells the owner', async () => {
    const { identity, anonymous, token, ports, signsIn, userId, audit } = await setUp()
    ports.guesses.set(email, 5)

    await identity.resetPassword(anonymous, { token, password })

    expect(await signsIn(email, OTHER_PASSWORD)).toBe(true)
    expect(await signsIn(email, GOOD_PASSWORD)).toBe(false)
    expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeDefined()
    expect(ports.credentialChanges).toEqual([{ userId, reason: 'password_reset', keep: undefined }])
    expect(ports.guesses.has(email)).toBe(false)
    expect(kindsOf(ports.messages).at(-1)).toBe('password_changed')
    expect(await audit()).toEqual([
      'user.registered success',
      'user.password_reset_requested success',
      'user.password_reset success',
    ])
  })

  it('lets exactly one of fifty with the same token win, for one hash', async () => {
    const { identity, anonymous, token, ports, audit } = await setUp()
    const hashedBefore = ports.hashed

    const { succeeded, codes } = await race(() =>
      identity.resetPassword(anonymous, { token, password }),
    )

    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect(ports.hashed - hashedBefore).toBe(1)
    expect(ports.credentialChanges).toHaveLength(1)
    const refused = (await audit()).filter((e) => e === 'user.password_reset_refused refused')
    expect(refused).toHaveLength(49)
  })

  it('lets exactly one win when two nodes redeem the same token', async () => {
    const { identity, anonymous, token, ports, database, access } = await setUp()
    const node = () => createIdentity({ database, access, ...ports.dependencies() })
    const nodes = [identity, ...Array.from({ length: 4 }, node)]

    const { succeeded, codes } = await race((index) => {
      const chosen = nodes[index % nodes.length] ?? identity
      return chosen.resetPassword(anonymous, { token, password })
    })

    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect(ports.credentialChanges).toHaveLength(1)
  })

  it('refuses unknown, expired and foreign tokens and those of another purpose', async () => {
    const { identity, anonymous, token, ports, clock, tenant, context, signsIn } = await setUp()
    const foreign = context(await tenant())
    const verification = ports.lastToken('verify_email')
    const hashedBefore = ports.hashed
    const reset = (as: typeof anonymous, used: Secret<string>) =>
      identity.resetPassword(as, { token: used, password })

    await expect(reset(anonymous, new Secret('x'))).rejects.toMatchObject(refusal)
    await expect(reset(foreign, token)).rejects.toMatchObject(refusal)
    await expect(reset(anonymous, verification)).rejects.toMatchObject(refusal)
    await expect(identity.acceptInvitation(anonymous, { token, password })).rejects.toMatchObject(
      refusal,
    )
    clock.advance(minutes(30))
    await expect(reset(anonymous, token)).rejects.toMatchObject(refusal)

    expect(ports.hashed).toBe(hashedBefore)
    expect(await signsIn(email, GOOD_PASSWORD)).toBe(true)
  })

  it('refuses a token that was sent to an earlier address, or whose user is suspended', async () => {
    const { identity, anonymous, token, userId, database, acme, signsIn } = await setUp()
    const setColumn = (email_key: string, status: string) =>
      database.tenantBatch(acme.id, [
        sql`UPDATE users SET email_key = ${email_key}, status = ${status}
             WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`,
      ])

    await setColumn(email, 'suspended')
    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject(
      refusal,
    )
    await setColumn('eve@example.test', 'active')
    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject(
      refusal,
    )
    expect(await signsIn('eve@example.test', GOOD_PASSWORD)).toBe(true)
  })

  it('keeps the token usable after a password that the policy refuses', async () => {
    const { identity, anonymous, token, ports } = await setUp()
    const hashedBefore = ports.hashed

    const weak = identity.resetPassword(anonymous, { token, password: new Secret('short') })
    await expect(weak).rejects.toMatchObject({ code: 'password_too_short' })
    expect(ports.hashed).toBe(hashedBefore)

    await identity.resetPassword(anonymous, { token, password })
  })

  it('changes nothing if the sessions could not be ended', async () => {
    const { identity, anonymous, token, ports, signsIn } = await setUp()
    ports.failsAt = 'credential_change'

    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject({
      code: 'test_port_failed',
    })
    expect(await signsIn(email, GOOD_PASSWORD)).toBe(true)

    ports.failsAt = undefined
    await identity.resetPassword(anonymous, { token, password })
  })

  it('withdraws the earlier token when a newer one is sent', async () => {
    const { identity, anonymous, token, ports, clock } = await setUp()
    clock.advance(minutes(1))
    await identity.forgotPassword(anonymous, email)

    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject(
      refusal,
    )
    const newer = ports.lastToken('reset_password')
    await identity.resetPassword(anonymous, { token: newer, password })
  })

  it('withdraws other tokens of the user', async () => {
    const { identity, anonymous, token, ports } = await setUp()
    const verification = ports.lastToken('verify_email')

    await identity.resetPassword(anonymous, { token, password })

    await expect(identity.verifyEmail(anonymous, verification)).rejects.toMatchObject(refusal)
  })

  it('sends nothing to unknown or suspended addresses, nor twice within a minute', async () => {
    const { identity, anonymous, ports, admin, userId, clock, audit } = await setUp()
    const before = ports.messages.length

    await identity.forgotPassword(anonymous, email)
    await identity.forgotPassword(anonymous, 'nobody@example.test')
    clock.advance(hours(1))
    await identity.suspendUser(admin, userId)
    await identity.forgotPassword(anonymous, email)

    expect(ports.messages).toHaveLength(before)
    const refused = (await audit()).filter((e) => e === 'user.password_reset_requested refused')
    expect(refused).toHaveLength(3)
  })

  it('takes as many statements for an unknown address as for a known one', async () => {
    const { clock, access, ports, anonymous, ...world } = await setUp()
    clock.advance(minutes(1))
    const statementsFor = async (address: string) => {
      const { database, count } = countingStatements(world.database)
      const identity = createIdentity({ database, access, ...ports.dependencies() })
      await identity.forgotPassword(anonymous, address)
      return count()
    }

    const sentBefore = ports.messages.length
    const known = await statementsFor(email)
    expect(ports.messages).toHaveLength(sentBefore + 1)
    expect(await statementsFor('nobody@example.test')).toBe(known)
  })

  it('is refused a breached password', async () => {
    const { identity, anonymous, token, ports } = await setUp()
    ports.breached.add(OTHER_PASSWORD)

    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject({
      code: 'password_breached',
    })
  })
})
