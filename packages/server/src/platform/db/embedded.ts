import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import { createDatabase, type Database } from './database.ts'
import { lockFolder } from './embedded-lock.ts'
import { JOB_SCHEMA_VERSION } from './job-schema.ts'
import { type Migration, migrate, readMigrations } from './migrate.ts'
import type { OwnerConnection } from './owner-connection.ts'

export interface EmbeddedOptions {
  /** Folder of the data, made with mode 0700; undefined keeps everything in memory. */
  readonly folder: string | undefined
  /** File that keeps a migrated, empty database, from which new ones start faster. */
  readonly templateFile?: string
}

export interface EmbeddedDatabase extends Database {
  readonly applied: readonly Migration[]
  readonly created: boolean
}

/**
 * Opens PostgreSQL compiled to WebAssembly, inside this process, and migrates it.
 * WARNING: it does not fsync and its session user is a superuser. Development, demonstration and
 * tests only: a power failure can lose acknowledged writes, and row-level security is no boundary
 * against SQL injection here.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const unlock =
    options.folder === undefined ? () => undefined : await prepareFolder(options.folder)
  try {
    const created = options.folder === undefined || !existsSync(dataFolder(options.folder))
    const migrations = await readMigrations()
    const pglite = await start(options, created, migrations)
    const applied = await migrate(asOwner(pglite), migrations)
    await pglite.exec('SET ROLE countersign_app')
    // `idleTimeoutMillis: 0`: the session outlives pg's clients, and so must what pg knows of it.
    const pool = new pg.Pool(
      Object.assign(createPgConfig(pglite), { max: 1, idleTimeoutMillis: 0 }),
    )
    const database = createDatabase(pool, 'embedded', async () => {
      await pglite.close()
      unlock()
    })
    return { ...database, applied, created }
  } catch (error) {
    unlock()
    throw error
  }
}

async function start(
  options: EmbeddedOptions,
  created: boolean,
  migrations: readonly Migration[],
): Promise<PGlite> {
  const place = options.folder === undefined ? {} : { dataDir: dataFolder(options.folder) }
  if (!created || options.templateFile === undefined) return PGlite.create(place)
  const template = await loadTemplate(options.templateFile, migrations)
  return PGlite.create({ ...place, loadDataDir: template })
}

/** The template is a cache: it is named by what it was made from, and made anew when missing. */
async function loadTemplate(file: string, migrations: readonly Migration[]): Promise<Blob> {
  const fingerprint = createHash('sha256')
    .update([JOB_SCHEMA_VERSION, ...migrations.map((migration) => migration.checksum)].join())
    .digest('hex')
    .slice(0, 16)
  const named = file.replace('{fingerprint}', fingerprint)
  if (existsSync(named)) return new Blob([await readFile(named)])
  const pglite = await PGlite.create()
  await migrate(asOwner(pglite), migrations)
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  await mkdir(dirname(named), { recursive: true })
  const temporary = `${named}.${process.pid}`
  await writeFile(temporary, Buffer.from(await dump.arrayBuffer()))
  await rename(temporary, named)
  return dump
}

async function prepareFolder(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // A folder that was there before keeps its mode on `mkdir`.
  await chmod(folder, 0o700)
  return lockFolder(folder)
}

/** A migration has many statements, which only the simple query protocol takes. */
function asOwner(pglite: PGlite): OwnerConnection {
  return {
    query: async (text, values) => {
      if (values !== undefined) return pglite.query<Record<string, unknown>>(text, values)
      const results = await pglite.exec(text)
      return { rows: (results.at(-1)?.rows ?? []) as Record<string, unknown>[] }
    },
  }
}

function dataFolder(folder: string): string {
  return join(folder, 'db')
}
