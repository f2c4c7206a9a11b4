import { describe, expect, it } from 'vitest'
import { readAudit } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { storePrincipal } from '../../../test/support/store-principal.ts'
import { newId, type RequestContext, toUuid, type UserId } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { createAccess, PERMISSIONS, permissionsOf } from './index.ts'
import { PERMISSION_DESCRIPTIONS } from './model.ts'
import { entityTagOf } from './schema.ts'

const READER = { name: 'reader', description: 'Reads.', permissions: ['users.read'] }
const EXCEEDS = { code: 'role_exceeds_own_permissions', status: 403 }
const RESERVED = { code: 'role_name_reserved', status: 409 }

describe('the permissions of ours', () => {
  it('are all described', () => {
    for (const name of PERMISSIONS) expect(PERMISSION_DESCRIPTIONS[name]).toMatch(/^[A-Z].+\.$/)
  })
})

describeStore('a role of the tenant’s own', (open) => {
  async function arrange() {
    const world = await open()
    const tenant = await world.tenant()
    const access = createAccess({ database: world.database })
    const system = world.context(tenant, { source: { ip: 'internal', userAgent: undefined } })
    const newUser = async (roles: readonly string[] = []): Promise<UserId> => {
      const id = newId('usr')
      await world.database.tenantBatch(tenant.id, [
        sql`INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
            VALUES (current_tenant_id(), ${toUuid(id)}, ${id}, ${id}, now(), now())`,
      ])
      for (const role of roles) await access.assignRole(system, { userId: id, role })
      return id
    }
    /** Somebody with the permissions of `roles`, and `custom` ones of a role of the tenant's own. */
    const as = async (roles: string[], custom: string[] = []): Promise<RequestContext> => {
      const principal = {
        userId: newId('usr'),
        sessionId: newId('ses'),
        roles,
        permissions: permissionsOf(tenant, roles, custom),
      }
      await storePrincipal(world.database, tenant, principal)
      return world.context(tenant, { principal: principal as never })
    }
    const actions = async () =>
      (await readAudit(world, tenant)).map(({ action, outcome }) => `${action} ${outcome}`)
    const { roles } = access
    const admin = await as(['admin'])
    return { ...world, tenant, access, roles, system, newUser, as, admin, actions }
  }

  it('is created, changed and deleted, with one audit event each', async () => {
    const { roles, admin, actions } = await arrange()
    await roles.create(admin, READER)
    expect(await roles.get(admin, 'reader')).toEqual({ ...READER, builtIn: false })

    await roles.update(admin, { name: 'reader' }, { permissions: ['audit.read'] })

    expect(await roles.get(admin, 'reader')).toEqual({
      ...READER,
      permissions: ['audit.read'],
      builtIn: false,
    })
    await roles.remove(admin, 'reader')
    await expect(roles.get(admin, 'reader')).rejects.toMatchObject({ code: 'role_not_found' })
    expect(await actions()).toEqual([
      'role.defined success',
      'role.defined success',
      'role.deleted success',
    ])
  })

  it('is not locked by who reads it', async () => {
    const { roles, admin, database, tenant } = await arrange()
    await roles.create(admin, READER)

    await roles.get(admin, 'reader')

    // PostgreSQL notes the last transaction that locked a row there.
    const [rows] = await database.tenantBatch(tenant.id, [
      sql`SELECT xmax::text AS locker FROM roles WHERE tenant_id = current_tenant_id()`,
    ])
    expect(rows).toEqual([{ locker: '0' }])
  })

  it('keeps what a change does not name', async () => {
    const { roles, admin } = await arrange()
    await roles.create(admin, READER)

    await roles.update(admin, { name: 'reader' }, { description: 'New.' })

    expect(await roles.get(admin, 'reader')).toMatchObject({
      description: 'New.',
      permissions: ['users.read'],
    })
  })

  it('is created once, of fifty at once', async () => {
    const { roles, admin, actions } = await arrange()

    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => roles.create(admin, READER)),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of results) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'role_exists' })
    }
    expect(await actions()).toEqual(['role.defined success'])
  })

  it('is changed once from one state, of fifty at once', async () => {
    const { roles, admin } = await arrange()
    const ifMatch = [entityTagOf(await roles.create(admin, READER))]

    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        roles.update(admin, { name: 'reader', ifMatch }, { description: `${index}` }),
      ),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of results) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'precondition_failed' })
    }
  })

  it('gets no permission that its maker does not have, nor loses one, and the attempt is recorded', async () => {
    const { roles, as, admin, actions } = await arrange()
    const clerk = await as(['clerk'], ['roles.write', 'users.read'])
    await roles.create(admin, { ...READER, name: 'auditor', permissions: ['audit.read'] })
    const attempts = [
      () => roles.create(clerk, { ...READER, permissions: ['users.write'] }),
      () => roles.update(clerk, { name: 'auditor' }, { permissions: [] }),
      () => roles.update(clerk, { name: 'auditor' }, { description: 'Mine.' }),
      () => roles.remove(clerk, 'auditor'),
    ]

    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(EXCEEDS)

    expect(await roles.get(admin, 'auditor')).toMatchObject({ permissions: ['audit.read'] })
    const refused = (await actions()).filter((action) => action === 'role.change_refused refused')
    expect(refused).toHaveLength(4)
    await expect(roles.create(clerk, READER)).resolves.toMatchObject({ name: 'reader' })
    const more = { permissions: ['users.read', 'users.write'] }
    await expect(roles.update(clerk, { name: 'reader' }, more)).rejects.toMatchObject(EXCEEDS)
  })

  it('needs `roles.write`, whatever else somebody has', async () => {
    const { roles, as, admin } = await arrange()
    await roles.create(admin, READER)
    const ana = await as(['x'], ['users.read'])

    for (const attempt of [
      () => roles.create(ana, { ...READER, name: 'other' }),
      () => roles.update(ana, { name: 'reader' }, { permissions: [] }),
      () => roles.remove(ana, 'reader'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'permission_denied' })
    }
  })

  it('is not emptied, filled nor deleted under somebody above the caller', async () => {
    const { roles, access, as, admin, newUser, database, tenant, actions } = await arrange()
    const clerk = await as(['clerk'], ['roles.write', 'users.read'])
    await roles.create(admin, READER)
    await roles.create(admin, { ...READER, name: 'auditor', permissions: ['audit.read'] })
    const assignments = () => countRows(database, tenant, 'role_assignments')
    const before = await assignments()
    const boss = await newUser(['reader', 'auditor'])
    const above = { code: 'user_exceeds_own_permissions', status: 403 }
    const change = roles.update(clerk, { name: 'reader' }, { permissions: [] })
    await expect(change).rejects.toMatchObject(above)
    await expect(roles.remove(clerk, 'reader')).rejects.toMatchObject(above)
    expect(await assignments()).toBe(before + 2)
    expect((await actions()).slice(-2)).toEqual(
      Array.from({ length: 2 }, () => 'user.administration_refused refused'),
    )

    await access.revokeRole(admin, { userId: boss, role: 'auditor' })

    await roles.remove(clerk, 'reader')
    expect(await assignments()).toBe(before)
  })

  it('counts a built-in role of its holders, too', async () => {
    const { roles, as, admin, newUser } = await arrange()
    await roles.create(admin, READER)
    await newUser(['reader', 'admin'])
    const clerk = await as(['clerk'], ['roles.write', 'users.read'])

    await expect(roles.remove(clerk, 'reader')).rejects.toMatchObject({
      code: 'user_exceeds_own_permissions',
    })
  })

  it('is taken from all who have it when it is deleted, so that the next of its name is nobody’s', async () => {
    const { roles, access, admin, newUser, database, tenant } = await arrange()
    await roles.create(admin, READER)
    await roles.create(admin, { ...READER, name: 'other' })
    const [ana, ben] = [await newUser(['reader', 'other']), await newUser(['reader'])]

    await roles.remove(admin, 'reader')
    await roles.create(admin, { ...READER, permissions: ['users.write'] })

    const rolesOf = (id: UserId) => database.withTenant(tenant.id, (tx) => access.rolesOf(tx, id))
    expect([await rolesOf(ana), await rolesOf(ben)]).toEqual([['other'], []])
  })

  it('is given to nobody while it is deleted', async () => {
    const { roles, access, admin, newUser, database, tenant } = await arrange()
    await roles.create(admin, READER)
    const before = await countRows(database, tenant, 'role_assignments')
    const users = await Promise.all(Array.from({ length: 20 }, () => newUser()))

    await Promise.allSettled([
      ...users.map((userId) => access.assignRole(admin, { userId, role: 'reader' })),
      roles.remove(admin, 'reader'),
    ])

    expect(await countRows(database, tenant, 'role_assignments')).toBe(before)
  })

  it.each(['admin', 'operator'])('never takes the name of the built-in %s', async (name) => {
    const { roles, admin } = await arrange()

    await expect(roles.create(admin, { ...READER, name })).rejects.toMatchObject(RESERVED)
  })

  it('is all that can be changed or deleted: built-in roles are the product’s', async () => {
    const { roles, admin, system } = await arrange()
    for (const context of [admin, system]) {
      const change = roles.update(context, { name: 'admin' }, { permissions: [] })

      await expect(change).rejects.toMatchObject(RESERVED)
      await expect(roles.remove(context, 'admin')).rejects.toMatchObject(RESERVED)
    }
    expect(await roles.get(admin, 'admin')).toMatchObject({ builtIn: true })
  })

  it('has no built-in role of operators beside it, outside their tenant', async () => {
    const { roles, admin } = await arrange()

    for (const attempt of [
      () => roles.get(admin, 'operator'),
      () => roles.update(admin, { name: 'operator' }, {}),
      () => roles.remove(admin, 'operator'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'role_not_found', status: 404 })
    }
  })

  it.each(['tenants.read', 'users.everything', 'app:'])(
    'may not contain %s',
    async (permission) => {
      const { roles, system } = await arrange()
      const unknown = { code: 'permission_unknown', status: 422 }
      await roles.create(system, READER)
      const permissions = [permission]

      const creation = roles.create(system, { ...READER, name: 'other', permissions })

      await expect(creation).rejects.toMatchObject(unknown)
      const change = roles.update(system, { name: 'reader' }, { permissions })
      await expect(change).rejects.toMatchObject(unknown)
    },
  )

  it('of another tenant does not exist, and stays as it is', async () => {
    const { roles, admin, database, tenant } = await arrange()
    const other = await arrange()
    await roles.create(admin, READER)

    for (const attempt of [
      () => other.roles.get(other.admin, 'reader'),
      () => other.roles.update(other.admin, { name: 'reader' }, { permissions: [] }),
      () => other.roles.remove(other.admin, 'reader'),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'role_not_found' })
    }
    await other.roles.create(other.admin, { ...READER, permissions: [] })
    await other.newUser(['reader'])
    await other.roles.remove(other.admin, 'reader')
    expect(await roles.get(admin, 'reader')).toMatchObject(READER)
    expect(await countRows(database, tenant, 'roles')).toBe(1)
  })

  it('is listed behind the built-in ones, page by page', async () => {
    const { access, roles, admin } = await arrange()
    for (const name of ['c', 'a', 'b']) await roles.create(admin, { ...READER, name })
    const page = async (after: string | undefined) =>
      (await access.listRoles(admin, { after, limit: 2 })).map(({ name }) => name)

    expect(await page(undefined)).toEqual(['admin', 'a'])
    expect(await page('a')).toEqual(['b', 'c'])
    expect(await page('c')).toEqual([])
  })
})
