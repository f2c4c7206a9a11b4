import type { Clock, Secret } from '../../kernel/index.ts'
import {
  explainSchemaState,
  findSchemaState,
  type OwnerConnection,
  readMigrations,
} from '../../platform/db/index.ts'
import { selectRowSecurity, selectTenantTables } from '../../platform/db/row-security.ts'
import { withConnection } from '../../platform/db/with-connection.ts'
import { presentError } from '../present-error.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

/** Everything that one connection, as the server makes it, can tell. */
export async function checkDatabase(
  url: Secret<string>,
  clock: Clock,
): Promise<readonly Finding[]> {
  try {
    return await withConnection(url, async (connection) => {
      const reached = await checkVersion(connection)
      const role = await checkRole(connection)
      const durability = await checkDurability(connection)
      const time = await checkClock(connection, clock)
      return [reached, role, ...(await checkSchema(connection)), durability, time]
    })
  } catch (error) {
    return [explainFailure(error)]
  }
}

function explainFailure(error: unknown): Finding {
  const { text } = presentError(error)
  const [what = '', fix = 'see the log of the database'] = text
    .replace(/^countersign: /, '')
    .split('\n')
  return problem('database', what, 'nothing works without it', fix.trim())
}

async function checkVersion(connection: OwnerConnection): Promise<Finding> {
  const { rows } = await connection.query(
    `SELECT current_setting('server_version_num')::int AS number,
            current_setting('server_version') AS text`,
  )
  const what = `PostgreSQL ${String(rows[0]?.['text'])}`
  if (Number(rows[0]?.['number']) >= OLDEST_VERSION) return ok('database', what)
  return problem('database', what, 'the schema needs 15 or newer', 'upgrade the database server')
}

async function checkRole(connection: OwnerConnection): Promise<Finding> {
  const { rows } = await connection.query(`
    SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls AS bypasses,
           EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r'
                      AND c.relnamespace = 'public'::regnamespace) AS owns
      FROM pg_roles r WHERE r.rolname = session_user`)
  const role = rows[0]
  const name = `user \`${String(role?.['name'])}\``
  if (role?.['bypasses'] === true || role?.['owns'] === true) {
    const how = role['bypasses'] === true ? 'may bypass row-level security' : 'owns the tables'
    const fix = 'connect as a role that owns nothing and is a member of `countersign_app`'
    return problem('role', `${name} ${how}`, 'an injected statement would see all tenants', fix)
  }
  return ok('role', `${name} owns nothing and can not bypass row-level security`)
}

async function checkSchema(connection: OwnerConnection): Promise<Finding[]> {
  const become = await connection.query('SET ROLE countersign_app').catch(() => undefined)
  if (become === undefined) {
    const fix = 'run `countersign migrate`, then `GRANT countersign_app TO <user>`'
    return [problem('schema', 'can not become `countersign_app`', 'the server runs as it', fix)]
  }
  const state = await findSchemaState(connection, await readMigrations())
  const what = explainSchemaState(state)
  const schema =
    state.kind === 'current'
      ? ok('schema', what)
      : problem('schema', what, '`serve` refuses to start', 'see the line above')
  if (state.kind !== 'current') return [schema]
  return [schema, await checkForcedSecurity(connection), await probeIsolation(connection)]
}

async function checkForcedSecurity(connection: OwnerConnection): Promise<Finding> {
  const { text, values } = selectRowSecurity()
  const { rows } = await connection.query(text, [...values])
  const exposed = (rows[0]?.['exposed'] ?? []) as readonly string[]
  if (exposed.length === 0) {
    return ok('row security', `forced on all ${String(rows[0]?.['tenantTables'])} tenant tables`)
  }
  return problem(
    'row security',
    `not forced on ${exposed.join(', ')}`,
    'a forgotten condition in a query would show rows of other tenants',
    'run `ALTER TABLE … FORCE ROW LEVEL SECURITY` as the owner, and find out who changed it',
  )
}

/** Asks as the application without a tenant: if a row comes back, isolation does not hold. */
async function probeIsolation(connection: OwnerConnection): Promise<Finding> {
  const { text, values } = selectTenantTables()
  const { rows } = await connection.query(text, [...values])
  const leaking: string[] = []
  for (const row of rows) {
    const table = String(row['quoted'])
    // The name comes from pg_catalog and was quoted by the database itself.
    const probe = await connection
      .query(`SELECT EXISTS (SELECT FROM ${table}) AS visible`)
      .catch(() => undefined)
    if (probe?.rows[0]?.['visible'] === true) leaking.push(table)
  }
  if (leaking.length === 0) {
    return ok('isolation', `without a tenant, ${rows.length} tables show no row`)
  }
  return problem(
    'isolation',
    `without a tenant, rows of ${leaking.join(', ')} are visible`,
    'tenants see each other’s data',
    'stop the server; compare the policies with `migrations/`',
  )
}

async function checkDurability(connection: OwnerConnection): Promise<Finding> {
  const { rows } = await connection.query(
    `SELECT current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync`,
  )
  const off = [
    ...(rows[0]?.['commit'] === 'off' ? ['synchronous_commit'] : []),
    ...(rows[0]?.['fsync'] === 'off' ? ['fsync'] : []),
  ]
  if (off.length === 0) return ok('durability', 'commits are on disk before they are acknowledged')
  return warning(
    'durability',
    `${off.join(' and ')} off`,
    'a crash can undo a revocation that was acknowledged',
    `set ${off.map((name) => `${name} = on`).join(', ')} in postgresql.conf`,
  )
}

async function checkClock(connection: OwnerConnection, clock: Clock): Promise<Finding> {
  const before = clock.now().getTime()
  const { rows } = await connection.query(
    'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
  )
  const middle = (before + clock.now().getTime()) / 2
  const skew = Math.abs(Number(rows[0]?.['now']) - middle) / 1000
  const what = `${skew.toFixed(1)} s between this machine and the database`
  if (skew <= MOST_SKEW_SECONDS) return ok('clock', what)
  return problem(
    'clock',
    what,
    'tokens look expired, or are accepted for too long',
    'synchronise both machines by NTP',
  )
}

/** As the database numbers its releases. */
const OLDEST_VERSION = 150_000
/** Verifiers tolerate 30 s at most; a few are the network. */
const MOST_SKEW_SECONDS = 5
