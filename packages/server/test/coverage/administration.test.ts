import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { openApiOf } from '../../src/composition/openapi.ts'
import { newId, toUuid, type UserId } from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import { requestOf } from '../attacks/route-requests.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** What every route of administration owes, read from the declarations: none can be forgotten. */
let world: World
let system: Tenant
let operator: Actor

beforeAll(async () => {
  world = await openWorld()
  const found = await world.app.tenants.findBySlug('system')
  if (found === undefined) throw new Error('the system tenant is missing')
  system = found
  operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
})
afterAll(() => world.close())

const administration = (method: Route['method']) =>
  world.app.routes.filter(
    (route) => route.method === method && /^\/api\/(admin|system)\//.test(route.path),
  )

const keyed = (route: Route, ids: Record<string, string>, key: string) => {
  const { headers, ...call } = requestOf(route, ids)
  return { ...call, headers: { ...headers, 'idempotency-key': key } }
}

it('every unsafe POST runs once for an Idempotency-Key, and answers the same again', async () => {
  const routes = administration('POST')
  expect(routes.length).toBeGreaterThan(10)
  for (const route of routes) {
    const request = keyed(route, await idsFor(route), route.id)
    const first = await auditedDuring(world, system, () => operator.request(request))
    const again = await auditedDuring(world, system, () => operator.request(request))

    expect([route.id, first.result.statusCode >= 200 && first.result.statusCode < 300]).toEqual([
      route.id,
      true,
    ])
    expect([route.id, again.result.headers['idempotency-replayed']]).toEqual([route.id, 'true'])
    expect(shownBy(again.result)).toEqual(shownBy(first.result))
    expect([route.id, first.actions.length > 0]).toEqual([route.id, true])
    expect([route.id, again.actions]).toEqual([route.id, []])
    // The mark is set by the audit event of the change, so in its transaction.
    expect([route.id, await isChangeNoted(route)]).toEqual([route.id, true])
  }
})

it('every unsafe POST refuses a malformed Idempotency-Key, and does nothing', async () => {
  for (const route of administration('POST')) {
    const request = keyed(route, await idsFor(route), 'a b')
    const { result, actions } = await auditedDuring(world, system, () => operator.request(request))

    expect([route.id, result.statusCode]).toEqual([route.id, 400])
    expect(result.json().code).toBe('idempotency_key_malformed')
    expect([route.id, actions]).toEqual([route.id, []])
  }
})

it('the description of the API shows the key and its refusals, there and nowhere else', () => {
  const expected = administration('POST').map(({ id }) => id)
  const { paths } = openApiOf(world.app.routes, 'https://id.example') as {
    paths: Record<string, Record<string, Operation>>
  }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  const withKey = operations.filter(({ parameters }) =>
    parameters.some(({ name }) => name === 'Idempotency-Key'),
  )

  expect(withKey.map(({ operationId }) => operationId).sort()).toEqual(expected.sort())
  for (const { responses } of withKey) {
    expect(responses['400']?.description).toContain('`idempotency_key_malformed`')
    expect(responses['409']?.description).toContain('`idempotency_key_in_use`')
    expect(responses['409']?.description).toContain('`idempotency_answer_lost`')
    expect(responses['422']?.description).toContain('`idempotency_key_reused`')
  }
})

it('every PATCH names the state that it leaves, and refuses a change from another one', async () => {
  const routes = administration('PATCH')
  expect(routes.length).toBeGreaterThan(1)
  for (const route of routes) {
    expect([route.id, route.isConditional]).toEqual([route.id, true])
    const change = requestOf(route, await idsFor(route))
    const read = await operator.request({ method: 'GET', url: change.url })
    const conditional = { ...change, headers: { 'if-match': String(read.headers.etag) } }
    const changed = await operator.request(conditional)
    const stale = await operator.request(conditional)
    const after = await operator.request({ method: 'GET', url: change.url })

    expect([route.id, read.headers.etag]).toEqual([route.id, expect.stringMatching(/^"[^"]+"$/)])
    expect([route.id, changed.statusCode]).toEqual([route.id, 200])
    expect([route.id, changed.headers.etag]).not.toEqual([route.id, read.headers.etag])
    expect([route.id, changed.headers.etag]).toEqual([route.id, after.headers.etag])
    expect([route.id, stale.statusCode, stale.json().code]).toEqual([
      route.id,
      412,
      'precondition_failed',
    ])
  }
})

interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string }[]
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

function shownBy({ statusCode, body, headers }: Awaited<ReturnType<Actor['request']>>) {
  const { etag, location, 'content-type': type } = headers
  return { statusCode, body, etag, location, type }
}

/** Things that exist and that the route can act on. A new kind of id is missing until it is added. */
async function idsFor(route: Route): Promise<Record<string, string>> {
  const user = await world.actors.user({ tenant: system })
  if (route.id === 'resumeUser') await suspend(user.userId)
  return {
    user_id: user.userId,
    hit_id: await newHit(user.userId),
    client_id: await newClient(),
    tenant_id: (await world.tenant()).id,
    key_id: await newKey(),
    issuer_id: newId('tis'),
    role: await newRole(),
  }
}

async function newHit(userId: UserId): Promise<string> {
  const id = newId('hit')
  await world.database.tenantBatch(system.id, [
    sql`INSERT INTO screening_hits (tenant_id, id, user_id, entry_id, status, found_at)
        VALUES (current_tenant_id(), ${toUuid(id)}, ${toUuid(userId)}, 'p-1', 'open',
                ${world.clock.now()})`,
  ])
  return id
}

async function suspend(userId: UserId) {
  await world.app.identity.suspendUser(world.internalContext(system), userId)
}

async function newClient(): Promise<string> {
  const input = { profile: 'service', name: newId('cli') } as const
  return (await world.app.clients.create(world.internalContext(system), input)).client.id
}

async function newRole(): Promise<string> {
  const role = { name: `r${newId('rol').slice(4)}`, description: '', permissions: [] }
  return (await world.app.access.roles.create(world.internalContext(system), role)).name
}

async function newKey(): Promise<string> {
  const keys = await world.app.keys.rotate(world.internalContext(system), { force: true })
  return keys.find(({ status }) => status === 'retiring')?.id ?? newId('key')
}

async function isChangeNoted({ id }: Route): Promise<boolean> {
  const [rows] = await world.database.tenantBatch(system.id, [
    sql<{ noted: boolean }>`
      SELECT changed_at IS NOT NULL AS noted FROM idempotent_requests
       WHERE tenant_id = current_tenant_id() AND route_id = ${id}`,
  ])
  return rows.length > 0 && rows.every(({ noted }) => noted)
}
