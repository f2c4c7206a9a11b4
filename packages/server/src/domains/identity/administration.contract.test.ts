import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { storePrincipal } from '../../../test/support/store-principal.ts'
import { hours, newId, Secret, toUuid, type UserId } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import {
  GOOD_PASSWORD,
  identityWorlds,
  kindsOf,
  OTHER_PASSWORD,
  race,
} from './identity-world.contract.ts'

describeStore('administration of users', (open) => {
  const setUp = identityWorlds(open)
  const notFound = { code: 'user_not_found', status: 404 }

  it('creates a user with a password and roles', async () => {
    const { identity, admin, ports, signsIn, audit, database, acme } = await setUp()
    await storePrincipal(database, acme, admin.principal)

    const user = await identity.createUser(admin, {
      email: 'ben@example.test',
      password: new Secret(GOOD_PASSWORD),
      displayName: 'Ben',
      roles: ['admin'],
    })

    expect(await signsIn('ben@example.test', GOOD_PASSWORD)).toBe(true)
    expect(await identity.getUserWithRoles(admin, user.id)).toMatchObject({
      user: { displayName: 'Ben', status: 'active', emailVerifiedAt: undefined },
      roles: ['admin'],
    })
    expect(kindsOf(ports.messages)).toEqual(['verify_email'])
    expect(await audit()).toEqual([
      'user.created success',
      'role.assigned success',
      'user.password_change_demanded success',
    ])
  })

  it('creates a user without a password, who is nobody’s to sign in as', async () => {
    const { identity, admin, ports, signsIn } = await setUp()

    await identity.createUser(admin, { email: 'ben@example.test' })

    expect(ports.messages).toEqual([])
    expect(await signsIn('ben@example.test', '')).toBe(false)
  })

  it('creates nobody with more permissions than the creator has, and records the attempt', async () => {
    const { identity, as, database, acme, audit } = await setUp()
    const email = 'ben@example.test'
    const delegate = as(newId('usr'), ['delegate'], ['users.write', 'roles.write'])
    const clerk = as(newId('usr'), ['clerk'], ['users.write'])
    for (const { principal } of [delegate, clerk]) await storePrincipal(database, acme, principal)

    await expect(identity.createUser(delegate, { email, roles: ['admin'] })).rejects.toMatchObject({
      code: 'role_exceeds_own_permissions',
    })
    await expect(identity.inviteUser(clerk, { email, roles: ['admin'] })).rejects.toMatchObject({
      code: 'permission_denied',
    })

    expect(await countRows(database, acme, 'users')).toBe(2)
    expect(await audit()).toEqual(['role.change_refused refused', 'permission.refused refused'])
  })

  it('lets nobody suspend, resume, delete or reset somebody above them, and records the attempt', async () => {
    const { identity, access, system, as, database, acme, audit } = await setUp()
    await access.defineRole(system, {
      name: 'treasurer',
      description: '',
      permissions: ['app:release'],
    })
    const make = (email: string, roles: string[]) => identity.createUser(system, { email, roles })
    const boss = await make('boss@example.test', ['admin'])
    const treasurer = await make('cleo@example.test', ['treasurer'])
    const peer = await make('ben@example.test', [])
    const clerk = as(newId('usr'), ['clerk'], ['users.write'])
    const refused = { code: 'user_exceeds_own_permissions', status: 403 }
    const before = (await audit()).length

    for (const { id } of [boss, treasurer]) {
      await expect(identity.suspendUser(clerk, id)).rejects.toMatchObject(refused)
      await expect(identity.resumeUser(clerk, id)).rejects.toMatchObject(refused)
      await expect(identity.deleteUser(clerk, id)).rejects.toMatchObject(refused)
      await expect(identity.demandPasswordReset(clerk, id)).rejects.toMatchObject(refused)
    }
    const attempts = await audit()
    await identity.suspendUser(clerk, peer.id)
    await identity.deleteUser(clerk, peer.id)
    await identity.deleteUser(as(newId('usr'), ['admin']), treasurer.id)

    expect(attempts.slice(before)).toEqual(Array(8).fill('user.administration_refused refused'))
    expect(await countRows(database, acme, 'users')).toBe(1)
  })

  it('refuses an address that is taken in any case', async () => {
    const { identity, admin, register } = await setUp()
    await register('ada@example.test')

    const email = 'ADA@example.test'
    const taken = { code: 'email_taken', status: 409 }
    await expect(identity.createUser(admin, { email })).rejects.toMatchObject(taken)
    await expect(identity.inviteUser(admin, { email })).rejects.toMatchObject(taken)
  })

  it('applies the password policy', async () => {
    const { identity, admin } = await setUp()
    const password = new Secret('ben12345')

    await expect(
      identity.createUser(admin, { email: 'ben@example.test', password }),
    ).rejects.toMatchObject({ code: 'password_too_short' })
  })

  it('lets an invited user choose a password once, within 72 hours', async () => {
    const { identity, system, anonymous, ports, clock, signsIn, audit } = await setUp()
    const invited = await identity.inviteUser(system, {
      email: 'ben@example.test',
      roles: ['admin'],
    })
    const { token } = invited
    expect(ports.messages).toMatchObject([{ kind: 'invitation', to: 'ben@example.test', token }])
    clock.advance(hours(71))

    const { succeeded, codes } = await race(() =>
      identity.acceptInvitation(anonymous, { token, password: new Secret(GOOD_PASSWORD) }),
    )

    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['token_invalid'] })
    expect(await signsIn('ben@example.test', GOOD_PASSWORD)).toBe(true)
    const { user, roles } = await identity.getUserWithRoles(system, invited.user.id)
    expect({ verified: user.emailVerifiedAt !== undefined, roles }).toEqual({
      verified: true,
      roles: ['admin'],
    })
    expect((await audit()).slice(0, 4)).toEqual([
      'user.created success',
      'role.assigned success',
      'user.invited success',
      'user.invitation_accepted success',
    ])
  })

  it('refuses an invitation after 72 hours, and as another token', async () => {
    const { identity, system, anonymous, clock } = await setUp()
    const { token } = await identity.inviteUser(system, { email: 'ben@example.test' })
    const password = new Secret(GOOD_PASSWORD)

    await expect(identity.resetPassword(anonymous, { token, password })).rejects.toMatchObject({
      code: 'token_invalid',
    })
    clock.advance(hours(72))
    await expect(identity.acceptInvitation(anonymous, { token, password })).rejects.toMatchObject({
      code: 'token_invalid',
    })
  })

  it('withdraws the invitation when the password is set by a reset', async () => {
    const { identity, system, anonymous, ports } = await setUp()
    const { token } = await identity.inviteUser(system, { email: 'ben@example.test' })
    await identity.forgotPassword(anonymous, 'ben@example.test')
    await identity.resetPassword(anonymous, {
      token: ports.lastToken('reset_password'),
      password: new Secret(GOOD_PASSWORD),
    })

    await expect(
      identity.acceptInvitation(anonymous, { token, password: new Secret(OTHER_PASSWORD) }),
    ).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('withdraws the invitation when an administrator demands a new password', async () => {
    const { identity, system, anonymous, admin } = await setUp()
    const { token, user } = await identity.inviteUser(system, { email: 'ben@example.test' })

    await identity.demandPasswordReset(admin, user.id)

    await expect(
      identity.acceptInvitation(anonymous, { token, password: new Secret(GOOD_PASSWORD) }),
    ).rejects.toMatchObject({ code: 'token_invalid' })
  })

  it('suspends and resumes a user; only changes are recorded', async () => {
    const { identity, admin, anonymous, register, ports, audit } = await setUp()
    const { userId } = await register('ada@example.test')
    await identity.forgotPassword(anonymous, 'ada@example.test')
    const token = ports.lastToken('reset_password')

    expect(await identity.suspendUser(admin, userId)).toMatchObject({ status: 'suspended' })
    await identity.suspendUser(admin, userId)
    expect(ports.credentialChanges).toEqual([{ userId, reason: 'user_suspended', keep: undefined }])
    expect(await identity.getUser(admin, userId)).toMatchObject({ status: 'suspended' })
    expect(await identity.resumeUser(admin, userId)).toMatchObject({ status: 'active' })

    await expect(
      identity.resetPassword(anonymous, { token, password: new Secret(OTHER_PASSWORD) }),
    ).rejects.toMatchObject({ code: 'token_invalid' })
    expect((await audit()).filter((entry) => /suspended|resumed/.test(entry))).toEqual([
      'user.suspended success',
      'user.resumed success',
    ])
  })

  it('does not suspend a user whose sessions could not be ended', async () => {
    const { identity, admin, register, ports } = await setUp()
    const { userId } = await register('ada@example.test')
    ports.failsAt = 'credential_change'

    await expect(identity.suspendUser(admin, userId)).rejects.toMatchObject({
      code: 'test_port_failed',
    })
    expect(await identity.getUser(admin, userId)).toMatchObject({ status: 'active' })
  })

  it('keeps administrators from suspending or deleting themselves', async () => {
    const { identity, register, as } = await setUp()
    const { userId } = await register('ada@example.test')
    const ada = as(userId, ['admin'])
    const own = { code: 'own_account', status: 409 }

    await expect(identity.suspendUser(ada, userId)).rejects.toMatchObject(own)
    await expect(identity.resumeUser(ada, userId)).rejects.toMatchObject(own)
    await expect(identity.deleteUser(ada, userId)).rejects.toMatchObject(own)
    await expect(identity.demandPasswordReset(ada, userId)).rejects.toMatchObject(own)
  })

  it('demands a new password of a suspended user too, who gets no link to set one', async () => {
    const { identity, register, admin, ports, audit } = await setUp()
    const { userId } = await register('ada@example.test')
    await identity.suspendUser(admin, userId)
    const sent = ports.messages.length

    await identity.demandPasswordReset(admin, userId)

    expect(ports.messages).toHaveLength(sent)
    expect((await audit()).at(-1)).toBe('user.password_reset_demanded success')
  })

  it('deletes a user with everything but the audit trail', async () => {
    const { identity, admin, register, database, acme, audit } = await setUp()
    const { userId } = await register('ada@example.test')
    await database.tenantBatch(acme.id, [
      sql`
      INSERT INTO role_assignments (tenant_id, user_id, role_name, assigned_at)
      VALUES (current_tenant_id(), ${toUuid(userId)}, 'admin', now())`,
    ])

    await identity.deleteUser(admin, userId)

    for (const table of ['users', 'passwords', 'single_use_values', 'role_assignments']) {
      expect(await countRows(database, acme, table), table).toBe(0)
    }
    expect(await audit()).toEqual(['user.registered success', 'user.deleted success'])
  })

  it('answers for users of another tenant as for those that do not exist', async () => {
    const { identity, register, tenant, context, admin, anonymous } = await setUp()
    const { userId } = await register('ada@example.test')
    const foreign = { ...context(await tenant()), principal: admin.principal }

    for (const [as, id] of [[foreign, userId] as const, [admin, newId('usr')] as const]) {
      await expect(identity.getUser(as, id)).rejects.toMatchObject(notFound)
      await expect(identity.getUserWithRoles(as, id)).rejects.toMatchObject(notFound)
      await expect(identity.suspendUser(as, id)).rejects.toMatchObject(notFound)
      await expect(identity.resumeUser(as, id)).rejects.toMatchObject(notFound)
      await expect(identity.deleteUser(as, id)).rejects.toMatchObject(notFound)
    }
    expect(await identity.listUsers(foreign, { limit: 10 })).toEqual([])
    expect(await identity.getUser(anonymous, userId)).toMatchObject({ status: 'active' })
  })

  it('lists users in pages, oldest first, and filters them', async () => {
    const { identity, admin, clock } = await setUp()
    const ids: UserId[] = []
    for (const name of ['ada', 'ben', 'dan']) {
      ids.push((await identity.createUser(admin, { email: `${name}@example.test` })).id)
      clock.advance(hours(1))
    }
    await identity.suspendUser(admin, ids[1] ?? newId('usr'))
    const list = async (filter: object) =>
      (await identity.listUsers(admin, { limit: 10, ...filter })).map((user) => user.id)

    expect(await list({})).toEqual(ids)
    expect(await list({ limit: 1, after: ids[0] })).toEqual([ids[1]])
    expect(await list({ email: 'DAN@example.test' })).toEqual([ids[2]])
    expect(await list({ email: 'no address' })).toEqual([])
    expect(await list({ status: 'suspended' })).toEqual([ids[1]])
  })
})

describeStore('the own account', (open) => {
  const setUp = identityWorlds(open)

  it('changes what is named, removes what is null, and leaves the rest', async () => {
    const { identity, register, as, audit } = await setUp()
    const ada = as((await register('ada@example.test')).userId)

    await identity.updateProfile(ada, { displayName: 'Ada', locale: 'en-GB' })
    expect(await identity.updateProfile(ada, { locale: null })).toMatchObject({
      displayName: 'Ada',
      locale: undefined,
    })
    expect(await identity.updateProfile(ada, {})).toMatchObject({ displayName: 'Ada' })

    expect((await audit()).at(-1)).toBe('user.profile_updated success')
  })

  it('has no profile to change once it is gone', async () => {
    const { identity, as } = await setUp()

    await expect(identity.updateProfile(as(newId('usr')), {})).rejects.toMatchObject({
      code: 'user_not_found',
    })
  })

  it('is deleted with the password only', async () => {
    const { identity, register, as, ports, database, acme, audit } = await setUp()
    const ada = as((await register('ada@example.test')).userId)

    await expect(identity.deleteOwnAccount(ada, new Secret('wrong'))).rejects.toMatchObject({
      code: 'current_password_wrong',
    })
    expect(ports.guesses.get('ada@example.test')).toBe(1)
    expect(await countRows(database, acme, 'users')).toBe(1)
    await identity.deleteOwnAccount(ada, new Secret(GOOD_PASSWORD))

    expect(await countRows(database, acme, 'users')).toBe(0)
    expect((await audit()).slice(1)).toEqual([
      'user.deletion_refused refused',
      'user.deleted success',
    ])
  })
})
