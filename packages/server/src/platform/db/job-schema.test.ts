import { createRequire } from 'node:module'
import pg from 'pg'
import { getRollbackPlans } from 'pg-boss'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createPostgresDatabase,
  type TestPostgres,
} from '../../../test/support/postgres-database.ts'
import { postgresLane } from '../../../test/support/postgres-lane.ts'
import { Secret } from '../../kernel/index.ts'
import { JOB_SCHEMA_VERSION } from './job-schema.ts'
import { findSchemaState, migrate, readMigrations } from './migrate.ts'
import { openServerDatabase } from './server.ts'

describe('the schema of the job queue', () => {
  it('is of the version that the installed pg-boss wants', () => {
    const { pgboss } = createRequire(import.meta.url)('pg-boss/package.json') as {
      pgboss: { schema: number }
    }

    expect(JOB_SCHEMA_VERSION).toBe(pgboss.schema)
  })

  describe.skipIf(postgresLane() === undefined)('on PostgreSQL', () => {
    let postgres: TestPostgres
    let owner: pg.Client
    beforeAll(async () => {
      postgres = await createPostgresDatabase(postgresLane() ?? '')
      owner = new pg.Client({ connectionString: postgres.ownerUrl })
      await owner.connect()
    })
    afterAll(async () => {
      await owner.end()
      await postgres.drop()
    })

    it('is upgraded from an older version, by an owner who is no superuser', async () => {
      await owner.query(getRollbackPlans('pgboss', JOB_SCHEMA_VERSION))
      await owner.query(`COMMENT ON SCHEMA pgboss IS 'countersign jobs 45.1'`)
      expect(await state()).toMatchObject({ kind: 'behind', pending: [{ name: 'job-queue' }] })

      const applied = await migrate(owner, await readMigrations())

      expect(applied.map(({ name }) => name)).toEqual(['job-queue'])
      expect((await owner.query('SELECT version FROM pgboss.version')).rows).toEqual([
        { version: JOB_SCHEMA_VERSION },
      ])
      const index = `SELECT to_regclass('pgboss.job_common_i17') IS NOT NULL AS built`
      expect((await owner.query(index)).rows).toEqual([{ built: true }])
      expect(await state()).toMatchObject({ kind: 'current' })
    })

    it('is finished when its installation was cut off before the grants', async () => {
      await owner.query('COMMENT ON SCHEMA pgboss IS NULL')
      await owner.query('REVOKE ALL ON ALL TABLES IN SCHEMA pgboss FROM countersign_app')

      await migrate(owner, await readMigrations())

      const granted = `SELECT has_table_privilege('countersign_app', 'pgboss.job', 'INSERT') AS ok`
      expect((await owner.query(granted)).rows).toEqual([{ ok: true }])
    })

    it('stops a server from starting while it is missing or newer', async () => {
      await owner.query('COMMENT ON SCHEMA pgboss IS NULL')
      await expect(serve()).rejects.toThrow('countersign migrate')
      await owner.query(`COMMENT ON SCHEMA pgboss IS 'countersign jobs 999.1'`)
      await expect(serve()).rejects.toThrow('newer release')
      await owner.query(`COMMENT ON SCHEMA pgboss IS 'countersign jobs ${JOB_SCHEMA_VERSION}.1'`)

      await (await serve()).close()
    })

    const state = async () => findSchemaState(owner, await readMigrations())
    const serve = () => openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 1 })
  })
})
