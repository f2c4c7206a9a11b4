import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe } from 'vitest'
import { postgresLane } from '../../../packages/server/test/support/postgres-lane.ts'
import { type NotesDatabase, openNotesDatabase } from '../src/notes-database.ts'

/** Runs a suite on the embedded database and, where there is one, on a real PostgreSQL. */
export function describeDatabase(
  name: string,
  suite: (open: () => Promise<NotesDatabase>) => void,
): void {
  describe(`${name} on the embedded database`, () => suite(() => openNotesDatabase()))

  const url = postgresLane()
  describe.skipIf(url === undefined)(`${name} on PostgreSQL`, () => {
    suite(() => openInNewDatabase(url ?? ''))
  })
}

async function openInNewDatabase(laneUrl: string): Promise<NotesDatabase> {
  const name = `notes_${randomBytes(8).toString('hex')}`
  await runAt(laneUrl, `create database ${name}`)
  const url = new URL(laneUrl)
  url.pathname = name
  const database = await openNotesDatabase(url.toString())
  return {
    pool: database.pool,
    close: async () => {
      // `end` does not wait for the sockets, so dropping may be what ends them.
      database.pool.removeAllListeners('error').on('error', () => undefined)
      await database.close()
      await runAt(laneUrl, `drop database ${name} with (force)`)
    },
  }
}

async function runAt(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
