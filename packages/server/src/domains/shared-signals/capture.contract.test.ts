import { expect, it } from 'vitest'
import { auditCatalogues } from '../../../test/support/audit-catalogues.ts'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { fromUuid, newId, type SessionId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { type AuditEntry, insertAuditEvent } from '../audit/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { SHARED_SIGNAL_TYPES } from './event-types.ts'

const user = newId('usr')
const ofUser = { kind: 'user', id: user } as const

/** Audit events and what is told of them: the other half of `signal_types_of`. */
const TOLD: readonly [string, AuditEntry['details'], readonly string[]][] = [
  ['session.ended', { reason: 'signed_out' }, ['caep/session-revoked']],
  ['session.several_ended', { reason: 'x', count: 0, sessions: [] }, []],
  ['session.reuse_detected', {}, ['caep/session-revoked', 'risc/credential-compromise']],
  ['session.device_mismatch', {}, ['caep/session-revoked', 'risc/credential-compromise']],
  ['user.password_change_demanded', { reason: 'breach' }, ['risc/credential-compromise']],
  ['user.password_changed', {}, ['caep/credential-change']],
  ['user.password_reset', {}, ['caep/credential-change']],
  ['user.invitation_accepted', {}, ['caep/credential-change']],
  ['factor.confirmed', { kind: 'totp' }, ['caep/credential-change']],
  ['factor.removed', { kind: 'totp' }, ['caep/credential-change']],
  ['webauthn.registered', {}, ['caep/credential-change']],
  ['webauthn.removed', {}, ['caep/credential-change']],
  ['backup_codes.made', {}, ['caep/credential-change']],
  ['step_up.completed', { acr: 'b', previous_acr: 'a' }, ['caep/assurance-level-change']],
  ['role.assigned', { role: 'admin' }, ['caep/token-claims-change']],
  ['role.revoked', { role: 'admin' }, ['caep/token-claims-change']],
  ['user.suspended', {}, ['risc/account-disabled']],
  ['user.resumed', {}, ['risc/account-enabled']],
  ['user.deleted', {}, ['risc/account-purged']],
]
const NOT_TOLD: readonly [string, AuditEntry['details']][] = [
  ['session.ended', { reason: 'replaced_by_sign_in' }],
  ['user.password_change_demanded', { reason: 'imported' }],
  ['step_up.completed', { acr: 'a', previous_acr: 'a' }],
  ['session.started', {}],
  ['session.refreshed', {}],
  ['user.registered', {}],
]

describeStore('the capture of security events', (open) => {
  it('knows actions of the audit catalogue only, and tells every supported event of some', async () => {
    const { database } = await open()
    const [trigger] = await database.withoutTenant((tx) =>
      tx.run(sql<{ text: string }>`
        SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger
         WHERE tgname = 'audit_events__signals'`),
    )
    const actions = [...(trigger?.text ?? '').matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(
      ([, action]) => action,
    )

    const registered = await auditCatalogues()
    expect(actions.filter((action) => registered[action ?? ''] === undefined)).toEqual([])
    expect(new Set(actions)).toEqual(new Set(TOLD.map(([action]) => action)))
    const told = new Set([...TOLD.flatMap(([, , types]) => types), 'risc/identifier-changed'])
    expect(told).toEqual(new Set(SHARED_SIGNAL_TYPES))
  })

  it('writes what is told of an audit event, and nothing of others', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { streamId } = await openStream(world, tenant)
    for (const [action, details, types] of TOLD) {
      expect([action, await captured(world, tenant, streamId, { action, details })]).toEqual([
        action,
        types,
      ])
    }
    for (const [action, details] of NOT_TOLD) {
      const written = await captured(world, tenant, streamId, { action, details })
      expect([action, written]).toEqual([action, []])
    }
  })

  it('names each session that ended, and the user alone where there were too many to list', async () => {
    const world = await open()
    const tenant = await world.tenant()
    await openStream(world, tenant)
    const sessions = [newId('ses'), newId('ses')]
    const end = (count: number) =>
      write(world, tenant, {
        action: 'session.several_ended',
        details: { reason: 'x', count, sessions },
      })

    await end(2)
    expect(new Set(await sessionsOf(world, tenant))).toEqual(new Set(sessions))
    await end(101)
    expect(await sessionsOf(world, tenant)).toEqual([undefined])
  })

  it('is undone with the change that it tells of', async () => {
    const world = await open()
    const tenant = await world.tenant()
    await openStream(world, tenant)
    const entry = { action: 'user.suspended', outcome: 'success', target: ofUser } as const
    const work = world.database.withTenant(tenant.id, async (tx) => {
      await tx.run(insertAuditEvent(world.context(tenant), entry))
      throw new Error('no')
    })

    await expect(work).rejects.toThrow('no')
    expect(await sessionsOf(world, tenant)).toEqual([])
  })

  it('writes nothing for a stream of another tenant', async () => {
    const world = await open()
    const [tenant, other] = [await world.tenant(), await world.tenant()]
    await openStream(world, other)

    await write(world, tenant, { action: 'user.suspended', details: {} })

    expect(await sessionsOf(world, other)).toEqual([])
  })

  it('reads ids as the API writes them', async () => {
    const { database } = await open()
    for (const id of [newId('usr'), fromUuid('ses', 'ffffffff-ffff-7fff-bfff-ffffffffffff')]) {
      const row = await database.withoutTenant((tx) =>
        tx.first(sql<{ uuid: string }>`SELECT uuid_of_id(${id})::text AS uuid`),
      )
      expect(row?.uuid).toBe(toUuid(id))
    }
  })
})

const RECEIVER = { scope: 'ssf.read', resources: ['https://id.example.test/ssf'] }

/** A stream of a client that may hear of everybody. */
async function openStream({ database, clock }: StoreWorld, tenant: Tenant) {
  const [client, stream] = [newId('cli'), newId('stm')]
  const now = clock.now()
  await database.tenantBatch(tenant.id, [
    sql`INSERT INTO oauth_clients (tenant_id, id, profile, name, status, is_first_party, metadata,
                                   version, created_at, updated_at)
        VALUES (current_tenant_id(), ${toUuid(client)}, 'service', 'Monitor', 'active', true,
                ${JSON.stringify(RECEIVER)},
                1, ${now}, ${now})`,
    sql`INSERT INTO signal_receivers (tenant_id, client_id, all_subjects, updated_at)
        VALUES (current_tenant_id(), ${toUuid(client)}, true, ${now})`,
    sql`INSERT INTO signal_streams (tenant_id, id, client_id, method, events_requested,
                                    events_delivered, status, status_by, created_at, updated_at)
        VALUES (current_tenant_id(), ${toUuid(stream)}, ${toUuid(client)}, 'poll', '{}',
                ${SHARED_SIGNAL_TYPES}, 'enabled', 'receiver', ${now}, ${now})`,
  ])
  return { streamId: stream }
}

interface Written {
  readonly action: string
  readonly details: AuditEntry['details'] | undefined
}

async function write(world: StoreWorld, tenant: Tenant, { action, details }: Written) {
  await world.database.tenantBatch(tenant.id, [
    insertAuditEvent(world.context(tenant), {
      action,
      outcome: 'success',
      target: ofUser,
      actor: { userId: user },
      ...(details === undefined ? {} : { details }),
    }),
  ])
}

/** Types that were written for it, and takes them away again. */
async function captured(
  world: StoreWorld,
  tenant: Tenant,
  streamId: `stm_${string}`,
  entry: Written,
): Promise<readonly string[]> {
  await write(world, tenant, entry)
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<{ type: string }>`
      DELETE FROM signal_events
       WHERE tenant_id = current_tenant_id() AND stream_id = ${toUuid(streamId)}
      RETURNING type`,
  ])
  return rows.map(({ type }) => type).sort()
}

async function sessionsOf({ database }: StoreWorld, tenant: Tenant) {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<{ session_id: string | null }>`
      DELETE FROM signal_events WHERE tenant_id = current_tenant_id() RETURNING session_id`,
  ])
  return rows.map(({ session_id }): SessionId | undefined =>
    session_id === null ? undefined : fromUuid('ses', session_id),
  )
}
