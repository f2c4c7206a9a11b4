import pg from 'pg'
import type { Secret } from '../../kernel/index.ts'
import { createDatabase, type Database } from './database.ts'
import { explainSchemaState, findSchemaState, readMigrations } from './migrate.ts'

export interface ServerOptions {
  /** `postgres://…`; its user must be able to become `countersign_app` and nothing more. */
  readonly url: Secret<string>
  readonly poolSize: number
}

/** What is wrong with a database; each line says the fix. */
export class DatabaseRefusedError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'DatabaseRefusedError'
    this.problems = problems
  }
}

/**
 * Connects to a PostgreSQL server.
 * @throws DatabaseRefusedError if the role could bypass row-level security, or the schema is not
 * exactly that of this release
 */
export async function openServerDatabase(options: ServerOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url.reveal(),
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    // A network that swallows packets keeps the connection open: fail instead of waiting (I8, I12).
    query_timeout: 8_000,
    // SET ROLE at connection start: every statement runs as the application role.
    options: '-c role=countersign_app -c idle_in_transaction_session_timeout=30000',
    application_name: 'countersign',
  })
  // An idle connection that breaks must not end the process; the pool replaces it.
  pool.on('error', () => undefined)
  const problems = await inspect(pool).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  if (problems.length > 0) {
    await pool.end()
    throw new DatabaseRefusedError(problems)
  }
  return createDatabase(pool, 'server')
}

async function inspect(pool: pg.Pool): Promise<string[]> {
  const schema = await findSchemaState(pool, await readMigrations())
  const problems = schema.kind === 'current' ? [] : [explainSchemaState(schema)]
  const { rows } = await pool.query<RoleFacts>(ROLE_FACTS)
  const role = rows[0]
  if (role === undefined) throw new Error('the database did not say who we are')
  // SECURITY: a superuser or BYPASSRLS session can leave `countersign_app` by RESET ROLE, so an
  // injected statement would see every tenant. Row-level security is a boundary only without it.
  if (role.superuser || role.bypasses) {
    problems.push(
      `database user \`${role.name}\` may bypass row-level security: connect as a role that has neither SUPERUSER nor BYPASSRLS`,
    )
  }
  if (role.owns) {
    problems.push(
      `database user \`${role.name}\` owns tables of the schema: connect as a role that owns nothing and is a member of \`countersign_app\``,
    )
  }
  return problems
}

/** Warns where a crash of the database could lose what was acknowledged (invariant I3). */
export async function findDurabilityWarnings(database: Database): Promise<string[]> {
  if (database.kind === 'embedded') return []
  return database.withoutTenant(async (tx) => {
    const row = await tx.first<{ commit: string; fsync: string }>({
      text: `SELECT current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync`,
      name: 'cs_durability',
      values: [],
    })
    const warnings: string[] = []
    if (row?.commit === 'off')
      warnings.push('synchronous_commit is off: acknowledged writes can be lost')
    if (row?.fsync === 'off') warnings.push('fsync is off: a crash can corrupt the database')
    return warnings
  })
}

interface RoleFacts {
  name: string
  superuser: boolean
  bypasses: boolean
  owns: boolean
}

const ROLE_FACTS = `
  SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
         EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE c.relowner = r.oid AND c.relkind = 'r'
                    AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS owns
    FROM pg_roles r
   WHERE r.rolname = session_user`
