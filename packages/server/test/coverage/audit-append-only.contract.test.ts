import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'

const url = postgresLane()

describe.skipIf(url === undefined)('the audit trail against its own owner', () => {
  let postgres: TestPostgres
  let owner: pg.Client

  beforeAll(async () => {
    postgres = await createPostgresDatabase(url ?? '')
    owner = new pg.Client({ connectionString: postgres.ownerUrl })
    await owner.connect()
    await owner.query(`SELECT set_config('app.tenant_id',
      (SELECT id::text FROM resolve_tenant('system')), false)`)
    await owner.query(`
      INSERT INTO audit_events (tenant_id, id, occurred_at, action, outcome, actor_kind, request_id,
                                source_ip)
      VALUES (current_tenant_id(), gen_random_uuid(), now(), 'a.b', 'success', 'system',
              gen_random_uuid(), 'internal')`)
  })

  afterAll(async () => {
    await owner.end()
    await postgres.drop()
  })

  it.each([
    ['an update', `UPDATE audit_events SET outcome = 'refused'`],
    ['a deletion', 'DELETE FROM audit_events'],
    ['a truncation', 'TRUNCATE audit_events'],
  ])('refuses %s', async (_, statement) => {
    await expect(owner.query(statement)).rejects.toMatchObject({ code: '42501' })
  })

  it('takes no event of another tenant than the entered one, which need not exist', async () => {
    const foreign = owner.query(`
      INSERT INTO audit_events (tenant_id, id, occurred_at, action, outcome, actor_kind, request_id,
                                source_ip)
      VALUES (gen_random_uuid(), gen_random_uuid(), now(), 'a.b', 'success', 'system',
              gen_random_uuid(), 'internal')`)

    await expect(foreign).rejects.toMatchObject({ code: '42501' })
  })
})
