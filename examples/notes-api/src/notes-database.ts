import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'

export interface NotesDatabase {
  /** Every connection of it works as the role `notes_app`, which row-level security binds. */
  readonly pool: pg.Pool
  close(): Promise<void>
}

/**
 * Opens the database at `url` and makes the table there if it is missing. Without a URL it is an
 * embedded PostgreSQL in memory, which is gone when the process ends.
 */
export async function openNotesDatabase(url?: string): Promise<NotesDatabase> {
  const schema = await readFile(new URL('./schema.sql', import.meta.url), 'utf8')
  return url === undefined ? openEmbedded(schema) : openServer(url, schema)
}

async function openServer(url: string, schema: string): Promise<NotesDatabase> {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  try {
    const { rowCount } = await owner.query(`select where to_regclass('notes') is null`)
    if (rowCount === 1) await owner.query(schema)
  } finally {
    await owner.end()
  }
  const pool = new pg.Pool({ connectionString: url, options: '-c role=notes_app' })
  // Without a listener, a connection that the server ends while idle would end this process.
  pool.on('error', (error) => console.error(`notes: database connection lost: ${error.message}`))
  return { pool, close: () => pool.end() }
}

async function openEmbedded(schema: string): Promise<NotesDatabase> {
  const pglite = await PGlite.create()
  await pglite.exec(schema)
  await pglite.exec('set role notes_app')
  // The only session there is must not be ended for having been idle.
  const pool = new pg.Pool(Object.assign(createPgConfig(pglite), { idleTimeoutMillis: 0 }))
  return {
    pool,
    close: async () => {
      await pool.end()
      await pglite.close()
    },
  }
}
