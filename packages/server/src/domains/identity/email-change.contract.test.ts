import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import {
  addDuration,
  hours,
  minutes,
  Secret,
  toUuid,
  type UserContext,
  type UserId,
} from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import { addSingleUse, sql } from '../../platform/db/index.ts'
import { createIdentity } from './index.ts'
import {
  countingStatements,
  GOOD_PASSWORD,
  identityWorlds,
  type IdentityWorld,
  kindsOf,
  race,
} from './identity-world.contract.ts'

const OLD = 'ada@example.test'
const NEW = 'ada@New.example'

describeStore('a change of the e-mail address', (open) => {
  const worlds = identityWorlds(open)
  const refusal = { code: 'token_invalid', status: 422 }

  async function setUp() {
    const world = await worlds()
    const { userId } = await world.register(OLD)
    return { ...world, ada: world.as(userId), userId }
  }

  /** The tokens that the two mailboxes got. */
  async function asked(world: IdentityWorld, userId: UserId, email = NEW) {
    await world.identity.requestEmailChange(world.as(userId), email)
    const confirm = world.ports.lastToken('confirm_email_change')
    return { confirm, undo: world.ports.lastToken('email_change_requested') }
  }

  const emailOf = async ({ identity, anonymous }: IdentityWorld, userId: UserId) =>
    (await identity.getUser(anonymous, userId)).email

  it('needs the token of the new mailbox, then ends sessions and tells the old one', async () => {
    const world = await setUp()
    const { identity, anonymous, ports, userId, signsIn, audit } = world
    const { confirm } = await asked(world, userId)
    const before = await emailOf(world, userId)

    await identity.confirmEmailChange(anonymous, confirm)

    expect(before).toBe(OLD)
    expect(await identity.getUser(anonymous, userId)).toMatchObject({
      email: NEW,
      emailKey: 'ada@new.example',
      emailVerifiedAt: world.clock.now(),
    })
    expect(await signsIn('ada@new.example', GOOD_PASSWORD)).toBe(true)
    expect(await signsIn(OLD, GOOD_PASSWORD)).toBe(false)
    expect(ports.credentialChanges).toEqual([{ userId, reason: 'email_changed', keep: undefined }])
    expect(ports.messages.slice(-3).map(({ kind, to }) => [kind, to])).toEqual([
      ['confirm_email_change', 'ada@new.example'],
      ['email_change_requested', OLD],
      ['email_changed', OLD],
    ])
    expect((await audit()).slice(-2)).toEqual([
      'user.email_change_requested success',
      'user.email_changed success',
    ])
  })

  it('kills the links that were sent to the address of before', async () => {
    const world = await setUp()
    const { identity, anonymous, ports, userId } = world
    await identity.forgotPassword(anonymous, OLD)
    const token = ports.lastToken('reset_password')
    const { confirm } = await asked(world, userId)

    await identity.confirmEmailChange(anonymous, confirm)

    const password = new Secret('gravel harp untold mosaic')
    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject(
      refusal,
    )
  })

  it.each(['confirmEmailChange', 'undoEmailChange'] as const)(
    'leaves no link of any kind after %s',
    async (verb) => {
      const world = await setUp()
      const { confirm, undo } = await asked(world, world.userId)
      const createdAt = world.clock.now()
      const rest = { subject: toUuid(world.userId), payload: OLD, createdAt }
      const expiresAt = addDuration(createdAt, hours(1))
      await world.database.withTenant(world.acme.id, async (tx) => {
        for (const purpose of ['password_reset', 'email_verification', 'invitation'] as const) {
          await addSingleUse(tx, { ...rest, purpose, hash: sha256(purpose), expiresAt })
        }
      })

      await world.identity[verb](world.anonymous, verb === 'confirmEmailChange' ? confirm : undo)

      const [left] = await world.database.tenantBatch(world.acme.id, [
        sql<{ purpose: string }>`
          SELECT purpose FROM single_use_values
           WHERE tenant_id = current_tenant_id() AND consumed_at IS NULL
             AND subject_id = ${toUuid(world.userId)}`,
      ])
      // The way back to the old address stays, until it was taken.
      const stays = verb === 'confirmEmailChange' ? ['email_change_undo'] : []
      expect(left.map(({ purpose }) => purpose)).toEqual(stays)
    },
  )

  it.each<[string, (world: IdentityWorld & { ada: UserContext; userId: UserId }) => Promise<void>]>(
    [
      [
        'a change of the password',
        ({ identity, ada }) =>
          identity.changePassword(ada, {
            currentPassword: new Secret(GOOD_PASSWORD),
            newPassword: new Secret('gravel harp untold mosaic'),
          }),
      ],
      [
        'a reset of the password',
        async ({ identity, anonymous, ports }) => {
          await identity.forgotPassword(anonymous, OLD)
          const token = ports.lastToken('reset_password')
          const password = new Secret('gravel harp untold mosaic')
          await identity.resetPassword(anonymous, { token, password })
        },
      ],
      [
        'an administrator who demands a new password',
        ({ identity, system, userId }) => identity.demandPasswordReset(system, userId),
      ],
      [
        'a suspension',
        async ({ identity, system, userId }) => {
          await identity.suspendUser(system, userId)
          await identity.resumeUser(system, userId)
        },
      ],
    ],
  )('is stopped by %s: a thief may have asked for it', async (_, protect) => {
    const world = await setUp()
    const { confirm } = await asked(world, world.userId)

    await protect(world)

    await expect(world.identity.confirmEmailChange(world.anonymous, confirm)).rejects.toMatchObject(
      refusal,
    )
    expect(await emailOf(world, world.userId)).toBe(OLD)
  })

  it('answers, writes and sends alike for an address that is taken, which gets no token', async () => {
    const world = await setUp()
    await world.register('ben@example.test')
    const counted = countingStatements(world.database)
    const identity = createIdentity({
      ...world.ports.dependencies(),
      database: counted.database,
      access: world.access,
    })
    const sent = world.ports.messages.length
    await identity.requestEmailChange(world.ada, 'ben@example.test')
    const [taken, takenMessages] = [counted.count(), world.ports.messages.slice(sent)]
    world.clock.advance(minutes(2))

    await identity.requestEmailChange(world.ada, NEW)

    expect(counted.count()).toBe(taken * 2)
    expect(kindsOf(takenMessages)).toEqual(['email_in_use', 'email_change_requested'])
    expect(takenMessages[0]).toMatchObject({ to: 'ben@example.test' })
    expect(takenMessages[0]?.token).toBeUndefined()
  })

  it('sends one pair of messages a minute at most, however many ask', async () => {
    const world = await setUp()
    const sent = world.ports.messages.length

    const { succeeded } = await race(() => world.identity.requestEmailChange(world.ada, NEW))

    expect(succeeded).toBe(50)
    expect(world.ports.messages.length - sent).toBe(2)
  })

  it('happens once for fifty with the same token', async () => {
    const world = await setUp()
    const { confirm } = await asked(world, world.userId)

    const result = await race(() => world.identity.confirmEmailChange(world.anonymous, confirm))

    expect(result).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect(world.ports.credentialChanges).toHaveLength(1)
  })

  it('gives an address to one of two users who confirm it at once', async () => {
    const world = await setUp()
    const ben = await world.register('ben@example.test')
    const [a, b] = [await asked(world, world.userId), await asked(world, ben.userId)]

    const { succeeded, codes } = await race((index) =>
      world.identity.confirmEmailChange(world.anonymous, index % 2 === 0 ? a.confirm : b.confirm),
    )

    const emails = [await emailOf(world, world.userId), await emailOf(world, ben.userId)]
    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect(emails.filter((email) => email === NEW)).toHaveLength(1)
  })

  it('is stopped by the link in the old mailbox', async () => {
    const world = await setUp()
    const { identity, anonymous, ports, userId } = world
    const { confirm, undo } = await asked(world, userId)

    await identity.undoEmailChange(anonymous, undo)

    await expect(identity.confirmEmailChange(anonymous, confirm)).rejects.toMatchObject(refusal)
    expect(await emailOf(world, userId)).toBe(OLD)
    expect(ports.credentialChanges).toEqual([{ userId, reason: 'email_changed', keep: undefined }])
    expect(ports.messages.at(-1)).toMatchObject({ kind: 'email_change_undone', to: OLD })
  })

  it('is undone by it after the fact too, whatever a thief asked for since', async () => {
    const world = await setUp()
    const { identity, anonymous, ports, userId, audit } = world
    const first = await asked(world, userId)
    await identity.confirmEmailChange(anonymous, first.confirm)
    world.clock.advance(minutes(2))
    const second = await asked(world, userId, 'thief@example.test')
    await identity.confirmEmailChange(anonymous, second.confirm)
    await identity.forgotPassword(anonymous, 'thief@example.test')
    const reset = ports.lastToken('reset_password')

    await identity.undoEmailChange(anonymous, first.undo)

    const password = new Secret('gravel harp untold mosaic')
    expect(await emailOf(world, userId)).toBe(OLD)
    await expect(
      identity.resetPassword(anonymous, { token: reset, password }),
    ).rejects.toMatchObject(refusal)
    await expect(identity.undoEmailChange(anonymous, second.undo)).rejects.toMatchObject(refusal)
    expect(await audit()).toContain('user.email_change_undone success')
  })

  it('is undone once by fifty with the same token', async () => {
    const world = await setUp()
    const { undo } = await asked(world, world.userId)

    const result = await race(() => world.identity.undoEmailChange(world.anonymous, undo))

    expect(result).toEqual({ succeeded: 1, codes: ['token_invalid'] })
  })

  it('gives no address back that somebody else has by now', async () => {
    const world = await setUp()
    const { identity, anonymous, userId } = world
    const { confirm, undo } = await asked(world, userId)
    await identity.confirmEmailChange(anonymous, confirm)
    await world.register(OLD)

    await expect(identity.undoEmailChange(anonymous, undo)).rejects.toMatchObject(refusal)
    expect(await emailOf(world, userId)).toBe(NEW)
  })

  it.each([
    ['confirmed after an hour', 'confirmEmailChange', hours(1)],
    ['undone after three days', 'undoEmailChange', hours(72)],
  ] as const)('is not %s', async (_, verb, later) => {
    const world = await setUp()
    const { confirm, undo } = await asked(world, world.userId)
    world.clock.advance(later)

    const token = verb === 'confirmEmailChange' ? confirm : undo
    await expect(world.identity[verb](world.anonymous, token)).rejects.toMatchObject(refusal)
    expect((await world.audit()).at(-1)).toBe('user.email_change_refused refused')
  })

  it('takes no token of another purpose or tenant, or of a suspended user', async () => {
    const world = await setUp()
    const { identity, anonymous, userId, admin } = world
    const { confirm, undo } = await asked(world, userId)
    const elsewhere = world.context(await world.tenant())

    for (const attempt of [
      () => identity.confirmEmailChange(anonymous, undo),
      () => identity.undoEmailChange(anonymous, confirm),
      () => identity.confirmEmailChange(elsewhere, confirm),
      () => identity.undoEmailChange(elsewhere, undo),
    ]) {
      await expect(attempt()).rejects.toMatchObject(refusal)
    }
    await identity.suspendUser(admin, userId)
    await expect(identity.confirmEmailChange(anonymous, confirm)).rejects.toMatchObject(refusal)
    expect(await emailOf(world, userId)).toBe(OLD)
  })

  it('rolls back as a whole if the sessions can not be ended', async () => {
    const world = await setUp()
    const { confirm } = await asked(world, world.userId)
    world.ports.failsAt = 'credential_change'

    await expect(world.identity.confirmEmailChange(world.anonymous, confirm)).rejects.toMatchObject(
      { code: 'test_port_failed' },
    )

    world.ports.failsAt = undefined
    expect(await emailOf(world, world.userId)).toBe(OLD)
    await world.identity.confirmEmailChange(world.anonymous, confirm)
  })
})
