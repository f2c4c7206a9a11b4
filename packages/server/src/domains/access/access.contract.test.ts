import { describe, expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { storePrincipal } from '../../../test/support/store-principal.ts'
import {
  newId,
  type Principal,
  type RequestContext,
  type TenantRef,
  toUuid,
  type UserId,
} from '../../kernel/index.ts'
import { type Database, sql } from '../../platform/db/index.ts'
import { accessRoutes, administerUser, authorize, createAccess, permissionsOf } from './index.ts'

function principalWith(tenant: TenantRef, roles: string[], custom: string[] = []): Principal {
  return {
    kind: 'user',
    userId: newId('usr'),
    sessionId: newId('ses'),
    via: 'access_token',
    profile: {
      email: 'someone@example.test',
      emailVerifiedAt: undefined,
      displayName: undefined,
      locale: undefined,
      createdAt: new Date(0),
    },
    roles,
    permissions: permissionsOf(tenant, roles, custom),
    authTime: new Date(0),
    acr: '1',
    amr: ['pwd'],
  }
}

async function insertUser(database: Database, tenant: TenantRef): Promise<UserId> {
  const id = newId('usr')
  await database.tenantBatch(tenant.id, [
    sql`
    INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
    VALUES (current_tenant_id(), ${toUuid(id)}, ${id}, ${id}, now(), now())`,
  ])
  return id
}

describe('authorize', () => {
  const acme = { slug: 'acme' } as TenantRef
  const as = (principal: Principal | undefined) => ({ principal }) as RequestContext

  it('permits what the principal has and refuses the rest with permission_denied', () => {
    const admin = as(principalWith(acme, ['admin']))

    expect(() => authorize(admin, 'users.read')).not.toThrow()
    expect(() => authorize(admin, 'tenants.read')).toThrow(
      expect.objectContaining({ code: 'permission_denied', status: 403 }),
    )
  })

  it('refuses without a principal', () => {
    expect(() => authorize(as(undefined), 'users.read')).toThrow(
      expect.objectContaining({ code: 'permission_denied' }),
    )
  })
})

describeStore('roles and assignments', (open) => {
  async function setUp() {
    const world = await open()
    const acme = await world.tenant()
    const access = createAccess({ database: world.database })
    const as = async (roles: string[], custom: string[] = []) => {
      const principal = principalWith(acme, roles, custom)
      await storePrincipal(world.database, acme, principal)
      return world.context(acme, { principal })
    }
    const user = await insertUser(world.database, acme)
    const rolesOf = (id: UserId) =>
      world.database.withTenant(acme.id, (tx) => access.rolesOf(tx, id))
    return { ...world, acme, access, as, user, rolesOf, admin: await as(['admin']) }
  }

  it('assigns and revokes a role, with one audit event for each change', async () => {
    const { access, admin, user, rolesOf, database, acme } = await setUp()

    await access.assignRole(admin, { userId: user, role: 'admin' })
    await access.assignRole(admin, { userId: user, role: 'admin' })
    expect(await rolesOf(user)).toEqual(['admin'])
    await access.revokeRole(admin, { userId: user, role: 'admin' })

    expect(await rolesOf(user)).toEqual([])
    expect(await auditActions(database, acme)).toEqual(['role.assigned', 'role.revoked'])
  })

  it('gives a role once, however many assign it at once', async () => {
    const { access, admin, user, rolesOf, database, acme } = await setUp()

    await Promise.all(
      Array.from({ length: 50 }, () => access.assignRole(admin, { userId: user, role: 'admin' })),
    )

    expect(await rolesOf(user)).toEqual(['admin'])
    expect(await auditActions(database, acme)).toEqual(['role.assigned'])
  })

  it('refuses to give more than one has, changes nothing, and records it', async () => {
    const { access, as, user, rolesOf, database, acme } = await setUp()
    const delegate = await as(['delegate'], ['roles.write', 'users.read'])

    const escalation = access.assignRole(delegate, { userId: user, role: 'admin' })

    await expect(escalation).rejects.toMatchObject({
      code: 'role_exceeds_own_permissions',
      status: 403,
    })
    expect(await rolesOf(user)).toEqual([])
    expect(await auditActions(database, acme)).toEqual(['role.change_refused'])
  })

  it('refuses to take a role with more permissions than one has', async () => {
    const { access, as, admin, user, rolesOf } = await setUp()
    await access.assignRole(admin, { userId: user, role: 'admin' })

    const taking = access.revokeRole(await as(['delegate'], ['roles.write']), {
      userId: user,
      role: 'admin',
    })

    await expect(taking).rejects.toMatchObject({ code: 'role_exceeds_own_permissions' })
    expect(await rolesOf(user)).toEqual(['admin'])
  })

  it('refuses to define a role with more permissions than one has', async () => {
    const { access, as, admin } = await setUp()
    const delegate = await as(['delegate'], ['roles.write', 'users.read'])
    const define = (context: RequestContext, permissions: string[]) =>
      access.defineRole(context, { name: 'support', description: '', permissions })

    await expect(define(delegate, ['keys.write'])).rejects.toMatchObject({
      code: 'role_exceeds_own_permissions',
    })
    await expect(define(delegate, ['app:orders.read'])).rejects.toMatchObject({
      code: 'role_exceeds_own_permissions',
    })
    await define(admin, ['keys.write', 'app:orders.read'])
    // Emptying it would take from those above.
    await expect(define(delegate, [])).rejects.toMatchObject({
      code: 'role_exceeds_own_permissions',
    })
  })

  it('asks nobody for the rank who changes what is their own', async () => {
    const { access, admin, user, database, acme, context } = await setUp()
    await access.assignRole(admin, { userId: user, role: 'admin' })
    const less = { ...principalWith(acme, []), userId: user }
    const work = async () => 'done'

    const own = administerUser(database, context(acme, { principal: less }), user, work)
    const other = { ...less, userId: newId('usr') }
    const foreign = administerUser(database, context(acme, { principal: other }), user, work)

    expect(await own).toBe('done')
    await expect(foreign).rejects.toMatchObject({ code: 'user_exceeds_own_permissions' })
  })

  it('lets an administrator give roles with permissions of applications', async () => {
    const { access, admin, as, user, rolesOf } = await setUp()
    await access.defineRole(admin, {
      name: 'trader',
      description: '',
      permissions: ['app:orders.read'],
    })

    await access.assignRole(admin, { userId: user, role: 'trader' })
    const pretender = await as(['operator'], ['roles.write'])
    const byPretender = access.assignRole(pretender, { userId: user, role: 'trader' })

    await expect(byPretender).rejects.toMatchObject({ code: 'role_exceeds_own_permissions' })
    expect(await rolesOf(user)).toEqual(['trader'])
  })

  it('refuses everyone without `roles.write`, and requests without a principal', async () => {
    const { access, as, user, context, acme } = await setUp()
    const assignment = { userId: user, role: 'admin' }

    await expect(access.assignRole(await as([]), assignment)).rejects.toMatchObject({
      code: 'permission_denied',
    })
    await expect(access.assignRole(context(acme), assignment)).rejects.toMatchObject({
      code: 'permission_denied',
    })
  })

  it('lets the process itself assign any role, as system', async () => {
    const { access, user, context, acme, rolesOf } = await setUp()
    const source = { ip: 'internal', userAgent: undefined }

    await access.assignRole(context(acme, { source }), { userId: user, role: 'admin' })

    expect(await rolesOf(user)).toEqual(['admin'])
  })

  it('knows no `operator` outside the system tenant', async () => {
    const { access, user, context, acme } = await setUp()
    const system = context(acme, { source: { ip: 'internal', userAgent: undefined } })

    await expect(
      access.assignRole(system, { userId: user, role: 'operator' }),
    ).rejects.toMatchObject({ code: 'role_not_found' })
    expect((await access.listRoles(system)).map((role) => role.name)).toEqual(['admin'])
  })

  it('refuses names of built-in roles and permissions that do not exist', async () => {
    const { access, context, acme, database } = await setUp()
    const system = context(acme, { source: { ip: 'internal', userAgent: undefined } })
    const define = (name: string, permissions: string[]) =>
      access.defineRole(system, { name, description: '', permissions })

    await expect(define('admin', [])).rejects.toMatchObject({ code: 'role_name_reserved' })
    await expect(define('operator', [])).rejects.toMatchObject({ code: 'role_name_reserved' })
    await expect(define('x', ['tenants.read'])).rejects.toMatchObject({
      code: 'permission_unknown',
    })
    await expect(define('x', ['everything'])).rejects.toMatchObject({ code: 'permission_unknown' })
    expect(await countRows(database, acme, 'roles')).toBe(0)
  })

  it('replaces the permissions of a role and lists it after the built-in ones', async () => {
    const { access, admin } = await setUp()
    const define = (permissions: string[]) =>
      access.defineRole(admin, { name: 'support', description: 'Help desk', permissions })

    await define(['users.read'])
    await define(['users.read', 'sessions.read'])

    expect(await access.listRoles(admin)).toMatchObject([
      { name: 'admin', builtIn: true },
      { name: 'support', builtIn: false, permissions: ['users.read', 'sessions.read'] },
    ])
  })

  it('answers for a user of another tenant as for one that does not exist', async () => {
    const { access, admin, tenant, database } = await setUp()
    const foreign = await insertUser(database, await tenant())

    for (const userId of [foreign, newId('usr')]) {
      await expect(access.assignRole(admin, { userId, role: 'admin' })).rejects.toMatchObject({
        code: 'user_not_found',
        status: 404,
      })
      await expect(access.revokeRole(admin, { userId, role: 'admin' })).rejects.toMatchObject({
        code: 'role_not_assigned',
        status: 404,
      })
    }
  })

  it('does not know the roles of another tenant', async () => {
    const { access, admin, tenant, context } = await setUp()
    const evil = await tenant()
    await access.defineRole(admin, { name: 'support', description: '', permissions: [] })
    const there = context(evil, { principal: principalWith(evil, ['admin']) })

    expect((await access.listRoles(there)).map((role) => role.name)).toEqual(['admin'])
  })
})

describeStore('routes of access', (open) => {
  it('list, assign and revoke roles', async () => {
    const { database, tenant, context } = await open()
    const acme = await tenant()
    const routes = accessRoutes({ access: createAccess({ database }) })
    const principal = principalWith(acme, ['admin'])
    await storePrincipal(database, acme, principal)
    const admin = context(acme, { principal })
    const call = async (id: string, input: { params?: unknown; body?: unknown } = {}) => {
      const route = routes.find((candidate) => candidate.id === id)
      const reply = await route?.handler(admin, {
        params: route.params?.parse(input.params) as undefined,
        query: route.query?.parse({}) as undefined,
        body: route.body?.parse(input.body) as undefined,
        ifMatch: undefined,
        cookie: () => undefined,
      })
      const schema = route?.responses[reply?.status ?? 0]?.schema
      return { status: reply?.status, body: schema?.parse(reply?.body) }
    }
    const user_id = await insertUser(database, acme)

    expect(await call('listRoles')).toMatchObject({
      status: 200,
      body: { data: [{ name: 'admin', built_in: true }] },
    })
    const assigned = await call('assignRole', { params: { user_id }, body: { role: 'admin' } })
    const revoked = await call('revokeRole', { params: { user_id, role: 'admin' } })

    expect([assigned.status, revoked.status]).toEqual([204, 204])
    await expect(
      call('assignRole', { params: { user_id }, body: { role: 'Admin' } }),
    ).rejects.toThrow()
  })
})

async function auditActions(database: Database, tenant: TenantRef): Promise<string[]> {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<{ action: string }>`
    SELECT action FROM audit_events WHERE tenant_id = current_tenant_id() ORDER BY id`,
  ])
  return rows.map((row) => row.action)
}
