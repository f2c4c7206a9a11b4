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
  const found = match === null ? [0, 0] : [Number(match[1]), Number(match[2])]
  const order = compare(found, [JOB_SCHEMA_VERSION, GRANTS_VERSION])
  if (order === 0) return 'current'
  return order > 0 ? 'newer' : 'behind'
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
  return version === JOB_SCHEMA_VERSION ? undefined : getMigrationPlans('pgboss', version)
}

function compare(left: readonly number[], right: readonly number[]): number {
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0)
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
