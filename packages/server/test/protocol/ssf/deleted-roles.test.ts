import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { Actor } from '../../support/actors.ts'
import { toUuid } from '../../../src/kernel/index.ts'
import { sql } from '../../../src/platform/db/index.ts'
import { auditedDuring } from '../../support/audit-trail.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { SignalClient } from '../../support/signal-client.ts'

let world: World
let tenant: Tenant
let boss: Actor

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  boss = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

it('CAEP §3.2: a role that is deleted is taken from its holders, and receivers are told', async () => {
  const role = { name: 'auditor', description: 'Reads.', permissions: ['audit.read'] }
  expect((await boss.call('POST', '/api/admin/roles', role)).statusCode).toBe(201)
  const ana = await world.actors.user({ tenant, roles: ['auditor', 'admin'] })
  const ben = await world.actors.user({ tenant, roles: ['auditor'] })
  const client = await SignalClient.register(world, tenant)
  await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
  const stream = await client.createStream()

  const { events } = await auditedDuring(world, tenant, () =>
    boss.call('DELETE', '/api/admin/roles/auditor'),
  )

  const sets = await client.fetch(stream)
  const told = sets.map(({ sub_id, events: said }) => [sub_id['sub'], Object.values(said)[0]])
  expect(new Map(told as [string, object][])).toEqual(
    new Map([
      [ana.userId, expect.objectContaining({ claims: { roles: ['admin'] } })],
      [ben.userId, expect.objectContaining({ claims: { roles: [] } })],
    ]),
  )
  const revoked = events.filter(({ action }) => action === 'role.revoked')
  expect(new Set(revoked.map(({ target_id }) => target_id))).toEqual(
    new Set([ana.userId, ben.userId]),
  )
  expect(revoked).toHaveLength(2)
  expect(revoked[0]).toMatchObject({ actor_id: expect.anything(), details: { role: 'auditor' } })
})

it('tells and records each of some thousand holders, by few statements', async () => {
  const role = { name: 'member', description: 'Is here.', permissions: ['audit.read'] }
  expect((await boss.call('POST', '/api/admin/roles', role)).statusCode).toBe(201)
  await world.database.tenantBatch(tenant.id, [
    sql`WITH members AS (
          INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
          SELECT current_tenant_id(), gen_random_uuid(), n || '@member.test', n || '@member.test',
                 now(), now()
            FROM generate_series(1, 2500) n
          RETURNING tenant_id, id)
        INSERT INTO role_assignments (tenant_id, user_id, role_name, assigned_at)
        SELECT tenant_id, id, 'member', now() FROM members`,
  ])
  const client = await SignalClient.register(world, tenant)
  await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
  const { stream_id } = await client.createStream()

  const answer = await boss.call('DELETE', '/api/admin/roles/member')

  expect(answer.statusCode).toBe(204)
  const [[recorded], [told]] = await world.database.tenantBatch(tenant.id, [
    sql<{ users: number; statements: number }>`
      SELECT count(DISTINCT target_id)::integer AS users,
             count(DISTINCT cmin::text)::integer AS statements
        FROM audit_events
       WHERE tenant_id = current_tenant_id() AND action = 'role.revoked'
         AND details->>'role' = 'member'`,
    sql<{ users: number }>`
      SELECT count(DISTINCT user_id)::integer AS users FROM signal_events
       WHERE tenant_id = current_tenant_id() AND stream_id = ${toUuid(stream_id)}`,
  ])
  expect(recorded?.users).toBe(2500)
  expect(told?.users).toBe(2500)
  expect(recorded?.statements).toBeLessThan(10)
})
