import type { OwnerConnection } from './owner-connection.ts'

/** Version of pg-boss's tables that the pinned release of pg-boss works with. */
export const JOB_SCHEMA_VERSION = 46

export type JobSchemaState = 'current' | 'behind' | 'newer'

/**
 * What is recorded is the comment of the schema: it is written last, together with the grants, so
 * a step that was cut off is done again, and any role may read it.
 */
export async function findJobSchemaState(connection: OwnerConnection): Promise<JobSchemaState> {
  const { rows } = await connection.query(
    `SELECT obj_description(to_regnamespace('pgboss'), 'pg_namespace') AS note`,
  )
  const match = /^countersign jobs (\d+)\.(\d+)$/.exec(String(rows[0]?.['note']))
  const ahead = {
    schema: Number(match?.[1] ?? 0) - JOB_SCHEMA_VERSION,
    grants: Number(match?.[2] ?? 0) - GRANTS_VERSION,
  }
  if (ahead.schema === 0 && ahead.grants === 0) return 'current'
  return ahead.schema > 0 || (ahead.schema === 0 && ahead.grants > 0) ? 'newer' : 'behind'
}

/** Creates or upgrades pg-boss's tables as their owner, who need not be a superuser. */
export async function installJobSchema(connection: OwnerConnection): Promise<void> {
  try {
    const plan = await planInstallation(connection)
    if (plan !== undefined) await connection.query(plan)
    await connection.query(`BEGIN; ${GRANTS} COMMIT`)
  } catch (error) {
    // The plan has its own BEGIN: what failed inside it left the transaction open.
    await connection.query('ROLLBACK')
    throw new Error('the tables of the job queue could not be installed', { cause: error })
  }
}

async function planInstallation(connection: OwnerConnection): Promise<string | undefined> {
  // Loaded only where needed: it takes a tenth of a second, and most starts find nothing to do.
  const { getConstructionPlans, getMigrationPlans } = await import('pg-boss')
  const { rows } = await connection.query(
    `SELECT to_regnamespace('pgboss') IS NOT NULL AS schema_exists,
            EXISTS (SELECT FROM pg_tables
                     WHERE schemaname = 'pgboss' AND tablename = 'version') AS installed`,
  )
  if (rows[0]?.['installed'] !== true) {
    return getConstructionPlans('pgboss', { createSchema: rows[0]?.['schema_exists'] !== true })
  }
  const installed = await connection.query('SELECT version FROM pgboss.version')
  const version = Number(installed.rows[0]?.['version'])
  if (version > JOB_SCHEMA_VERSION) throw new Error(`pg-boss schema ${version} is a newer one`)
  if (version === JOB_SCHEMA_VERSION) return undefined
  return asOneTransaction(getMigrationPlans('pgboss', version))
}

/**
 * The plan builds its indexes concurrently behind its COMMIT. That can't be sent as one text, and
 * would be forgotten if it were cut off there; the tables of jobs are small enough to be locked.
 */
function asOneTransaction(plan: string): string {
  return `${plan.replaceAll(' CONCURRENTLY', '').replace(/^\s*COMMIT;/m, '')}\nCOMMIT;`
}

/** Counts up whenever the grants change. */
const GRANTS_VERSION = 1

// The application role runs jobs and changes no table: our queues are rows, not partitions, and
// of the functions only those two are called. The default privileges reach later tables.
const GRANTS = `
  GRANT USAGE ON SCHEMA pgboss TO countersign_app;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO countersign_app;
  ALTER DEFAULT PRIVILEGES IN SCHEMA pgboss
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countersign_app;
  REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pgboss FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION pgboss.job_now(), pgboss.create_queue(text, jsonb) TO countersign_app;
  COMMENT ON SCHEMA pgboss IS 'countersign jobs ${JOB_SCHEMA_VERSION}.${GRANTS_VERSION}';
`
