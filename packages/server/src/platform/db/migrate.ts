import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { findJobSchemaState, installJobSchema, JOB_SCHEMA_VERSION } from './job-schema.ts'
import type { OwnerConnection } from './owner-connection.ts'

export type { OwnerConnection } from './owner-connection.ts'

export interface Migration {
  readonly version: number
  readonly name: string
  readonly text: string
  /** SHA-256 of the file, hex. */
  readonly checksum: string
}

export type SchemaState =
  | { readonly kind: 'current'; readonly version: number }
  | { readonly kind: 'behind'; readonly pending: readonly Migration[] }
  /** The database was migrated by a newer release. */
  | { readonly kind: 'newer'; readonly version: number }
  /** An applied migration differs from the file of the same number. */
  | { readonly kind: 'altered'; readonly version: number }

/** Reads `migrations/NNNN-name.sql`, in order. */
export async function readMigrations(
  folder = fileURLToPath(new URL('../../../migrations/', import.meta.url)),
): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(files.map((file, index) => readMigration(folder, file, index + 1)))
}

async function readMigration(folder: string, file: string, expected: number): Promise<Migration> {
  const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file)
  if (match === null || Number(match[1]) !== expected) {
    throw new Error(`migration files must be numbered without gaps: \`${file}\``)
  }
  const text = await readFile(`${folder}/${file}`, 'utf8')
  const checksum = createHash('sha256').update(text).digest('hex')
  return { version: expected, name: match[2] ?? '', text, checksum }
}

export async function findSchemaState(
  connection: OwnerConnection,
  migrations: readonly Migration[],
): Promise<SchemaState> {
  const applied = await readApplied(connection)
  const newest = applied.at(-1)?.version ?? 0
  if (newest > migrations.length) return { kind: 'newer', version: newest }
  for (const row of applied) {
    const migration = migrations[row.version - 1]
    if (migration?.checksum !== row.checksum) return { kind: 'altered', version: row.version }
  }
  const jobs = await findJobSchemaState(connection)
  if (jobs === 'newer') return { kind: 'newer', version: newest }
  const pending = migrations.slice(applied.length).concat(jobs === 'behind' ? JOB_QUEUE : [])
  return pending.length > 0 ? { kind: 'behind', pending } : { kind: 'current', version: newest }
}

/**
 * Applies what is missing, each migration in a transaction of its own, under an advisory lock, so
 * that several nodes may start at once.
 * @returns the migrations that were applied now
 * @throws Error if the schema is newer than this release or an applied migration was altered
 */
export async function migrate(
  connection: OwnerConnection,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  await connection.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`)
  try {
    await connection.query(CREATE_HISTORY)
    const state = await findSchemaState(connection, migrations)
    if (state.kind === 'current') return []
    if (state.kind !== 'behind') throw new Error(explainSchemaState(state))
    for (const migration of state.pending) await apply(connection, migration)
    return state.pending
  } finally {
    await connection.query(`SELECT pg_advisory_unlock(${MIGRATION_LOCK})`)
  }
}

/** One line for the operator, with the way out. */
export function explainSchemaState(state: SchemaState): string {
  switch (state.kind) {
    case 'current':
      return `the schema is current (version ${state.version})`
    case 'behind':
      return `the schema lacks ${state.pending.length} migration(s): run \`countersign migrate\``
    case 'newer':
      return `the schema has version ${state.version}, made by a newer release: upgrade this one`
    case 'altered':
      return `migration ${state.version} in the database is not the one of this release: restore the file or the database`
  }
}

async function apply(connection: OwnerConnection, migration: Migration): Promise<void> {
  if (migration === JOB_QUEUE) return installJobSchema(connection)
  await connection.query('BEGIN')
  try {
    await connection.query(migration.text)
    await connection.query(
      'INSERT INTO countersign_migrations (version, name, checksum) VALUES ($1, $2, $3)',
      [migration.version, migration.name, migration.checksum],
    )
    await connection.query('COMMIT')
  } catch (error) {
    await connection.query('ROLLBACK')
    throw new Error(`migration ${migration.version} (${migration.name}) failed`, { cause: error })
  }
}

async function readApplied(connection: OwnerConnection) {
  const known = await connection.query(
    `SELECT to_regclass('countersign_migrations') IS NOT NULL AS known`,
  )
  if (known.rows[0]?.['known'] !== true) return []
  const { rows } = await connection.query(
    'SELECT version, checksum FROM countersign_migrations ORDER BY version',
  )
  return rows.map((row) => ({ version: Number(row['version']), checksum: String(row['checksum']) }))
}

const CREATE_HISTORY = `CREATE TABLE IF NOT EXISTS countersign_migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`

/** pg-boss brings its tables itself. It comes last and is listed with the migrations. */
const JOB_QUEUE: Migration = {
  version: JOB_SCHEMA_VERSION,
  name: 'job-queue',
  text: '',
  checksum: '',
}

/** Any constant will do; this one is "csgn" in ASCII. */
const MIGRATION_LOCK = 0x6373676e
