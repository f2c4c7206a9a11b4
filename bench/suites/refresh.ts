import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { PostgresCluster } from '../../packages/server/test/support/postgres-cluster.ts'
import { load, request, type Talker } from '../lib/load.ts'
import { judge, type Measured } from '../lib/report.ts'
import { createDatabase, startCountersign, startPostgres, startReference } from '../lib/servers.ts'

const CONNECTIONS = 64

/** Durable, audited refresh rotation against pgbench's single-row UPDATE on the same server. */
export async function benchRefresh(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, CONNECTIONS)
  try {
    const path = `/t/${server.tenant}/api/auth/refresh`
    const talkers: Talker[] = []
    for (let user = 0; user < CONNECTIONS; user++) {
      const { refresh_token } = await server.signIn(user)
      talkers.push(
        chain(refresh_token, (token) => request('POST', path, { body: { refresh_token: token } })),
      )
    }
    await createPgbenchTables(cluster)
    const reference = await pgbench(cluster, ONE_UPDATE)
    const sameWork = await pgbench(cluster, SAME_WORK)
    const ours = await load({ port: server.port, talkers, seconds: 6, warmUpSeconds: 3 })
    if (Object.keys(ours.statuses).join() !== '200') {
      throw new Error(`unexpected answers: ${JSON.stringify(ours.statuses)}`)
    }
    const plain = await refreshAtOidcProvider(cluster)
    return [
      judge({
        name: 'refresh rotation',
        what: 'refresh rotation, durable and audited, 64 connections',
        value: ours.perSecond,
        unit: '/s',
        reference,
        referenceName: 'pgbench single-row UPDATE',
        budget: { at_least: 0.5 },
        notes: 'each connection follows its own token; every answer is checked to be 200',
      }),
      judge({
        name: 'refresh, same statements',
        what: 'the same against pgbench that writes the same four rows, one transaction each',
        value: ours.perSecond,
        unit: '/s',
        reference: sameWork,
        referenceName: 'pgbench, four rows',
        budget: { at_least: 0.5 },
        notes:
          'update of a session and of a token, a new token and an audit record; no keys, no signature',
      }),
      judge({
        name: 'refresh, plain oidc-provider',
        what: 'the same against oidc-provider with a plain PostgreSQL adapter',
        value: ours.perSecond,
        unit: '/s',
        reference: plain,
        referenceName: 'oidc-provider',
        budget: { at_least: 5 },
        notes: 'each connection follows its own token; every answer is checked to be 200',
      }),
    ]
  } finally {
    await server.stop()
    await cluster.stop()
  }
}

/** Presents the token that the last answer gave. */
function chain(first: string, present: (token: string) => string): Talker {
  let token = first
  return {
    next: () => present(token),
    received: (status, body) => {
      if (status === 200) token = (JSON.parse(body) as { refresh_token: string }).refresh_token
    },
  }
}

async function refreshAtOidcProvider(cluster: PostgresCluster): Promise<number> {
  const provider = await startReference('bench/lib/oidc-provider-server.ts', {
    BENCH_DATABASE_URL: await createDatabase(cluster, 'plain_oidc_provider'),
  })
  try {
    const talkers: Talker[] = []
    for (let user = 0; user < CONNECTIONS; user++) {
      const issued = await fetch(`http://127.0.0.1:${provider.port}/issue/${user}`)
      const first = await issued.text()
      talkers.push(chain(first, (token) => formRequest('/token', token)))
    }
    const result = await load({ port: provider.port, talkers, seconds: 6, warmUpSeconds: 2 })
    if (Object.keys(result.statuses).join() !== '200') {
      throw new Error(`unexpected answers: ${JSON.stringify(result.statuses)}`)
    }
    return result.perSecond
  } finally {
    await provider.stop()
  }
}

function formRequest(path: string, token: string): string {
  const grant = { grant_type: 'refresh_token', refresh_token: token }
  return request('POST', path, {
    form: { ...grant, client_id: 'bench', client_secret: 'bench-secret' },
  })
}

async function createPgbenchTables({ url }: { readonly url: string }): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`
    CREATE TABLE bench_rows (id int PRIMARY KEY, n int NOT NULL);
    INSERT INTO bench_rows SELECT i, 0 FROM generate_series(1, 10000) i;
    CREATE TABLE bench_tokens (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), row_id int NOT NULL,
                               hash bytea NOT NULL, parent_id uuid, consumed_at timestamptz,
                               created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
    CREATE INDEX ON bench_tokens (row_id);
    INSERT INTO bench_tokens (row_id, hash, created_at, expires_at)
    SELECT i, sha256(i::text::bytea), now(), now() FROM generate_series(1, 10000) i;
    CREATE TABLE bench_events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                               occurred_at timestamptz NOT NULL, action text NOT NULL,
                               row_id int NOT NULL, details jsonb NOT NULL);
    CREATE INDEX ON bench_events (occurred_at);`)
  await client.end()
}

const ONE_UPDATE = `
\\set id random(1, 10000)
UPDATE bench_rows SET n = n + 1 WHERE id = :id;
`

/** What a rotation writes, in one statement as ours. */
const SAME_WORK = `
\\set id random(1, 10000)
WITH touched AS (
  UPDATE bench_rows SET n = n + 1 WHERE id = :id RETURNING id
), claimed AS (
  UPDATE bench_tokens t SET consumed_at = now()
    FROM (SELECT b.id FROM bench_tokens b, touched
           WHERE b.row_id = touched.id AND b.consumed_at IS NULL LIMIT 1) f
   WHERE t.id = f.id RETURNING t.id, t.row_id
), inserted AS (
  INSERT INTO bench_tokens (row_id, hash, parent_id, created_at, expires_at)
  SELECT row_id, sha256(id::text::bytea), id, now(), now() FROM claimed
)
INSERT INTO bench_events (occurred_at, action, row_id, details)
SELECT now(), 'refreshed', row_id, '{}' FROM claimed;
`

/** @returns transactions a second, of 64 connections */
async function pgbench({ url }: { readonly url: string }, text: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const script = join(folder, 'script.sql')
  await writeFile(script, text)
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(CONNECTIONS),
    '-j',
    '2',
    '-T',
    '6',
    '-f',
    script,
  ]
  const { stdout } = await promisify(execFile)('pgbench', [...args, url])
  await rm(folder, { recursive: true })
  const tps = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (tps === undefined) throw new Error(`pgbench said: ${stdout}`)
  return Number(tps)
}
