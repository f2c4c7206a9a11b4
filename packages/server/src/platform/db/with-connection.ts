import pg from 'pg'
import type { Secret } from '../../kernel/index.ts'
import type { OwnerConnection } from './owner-connection.ts'

/**
 * Runs `work` on one connection of its own, as whoever `url` names: for migrations and diagnosis.
 * It knows no tenant; the data of tenants is reached by `Database` only.
 */
export async function withConnection<T>(
  url: Secret<string>,
  work: (connection: OwnerConnection) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: 5_000,
    application_name: 'countersign',
  })
  // A connection that breaks between two queries emits `error`, which nobody else handles.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
