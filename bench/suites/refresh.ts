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
    const reference = await pgbenchUpdates(cluster)
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

async function pgbenchUpdates(cluster: { url: string; binaries: string }): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query('CREATE TABLE bench_rows (id int PRIMARY KEY, n int NOT NULL)')
  await client.query('INSERT INTO bench_rows SELECT i, 0 FROM generate_series(1, 10000) i')
  await client.end()
  const script = join(folder, 'update.sql')
  await writeFile(
    script,
    '\\set id random(1, 10000)\nUPDATE bench_rows SET n = n + 1 WHERE id = :id;\n',
  )
  const args = ['-n', '-M', 'prepared', '-c', '64', '-j', '2', '-T', '6', '-f', script, cluster.url]
  const { stdout } = await promisify(execFile)('pgbench', args)
  await rm(folder, { recursive: true })
  const tps = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (tps === undefined) throw new Error(`pgbench said: ${stdout}`)
  return Number(tps)
}
