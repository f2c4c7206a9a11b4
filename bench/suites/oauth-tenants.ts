import { createHash, randomInt, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { fromUuid } from '../../packages/server/src/kernel/index.ts'
import { load, type LoadResult, repeat, request, type Talker } from '../lib/load.ts'
import { BENCH_API, clientCredentials, type PreparedOAuth } from '../lib/oauth-prepared.ts'
import { judge, type Measured } from '../lib/report.ts'
import { type BenchServer, startCountersign, startPostgres } from '../lib/servers.ts'

const TENANTS = Number(process.env['BENCH_TENANTS'] ?? 10_000)
const USERS = Number(process.env['BENCH_USERS'] ?? 1_000_000)
const USED = Math.min(500, TENANTS)
const CONNECTIONS = 8
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 8)
/** What docs/how-to/run-in-production.md tells operators who count megabytes. */
const HEAP = { NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=32' }
/** Latency is claimed at a constant rate of arrivals: one request of each connection in this time. */
const PAUSE_MS = 10
const TURNS = 11
const SECRET = 'cs_client_of-the-benchmark-and-of-nobody-else'

/** Ten thousand tenants with a million users, five hundred tenants in use, against one. */
export async function benchOAuthTenants(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, 0, HEAP, 'bench/lib/prepare-oauth.ts')
  try {
    const { slug, service } = JSON.parse(server.tenant) as PreparedOAuth
    const slugs = await createTenants(server.superuserUrl)
    const requests = [...slugs].map(([name, id]) => clientCredentials(name, { id, secret: SECRET }))
    const cold = await measureCold(server, requests)
    const { one, many } = await takeTurns(server, [clientCredentials(slug, service)], requests)
    // As fast as answers come, for what the memory grows to.
    await measure(server, requests, { seconds: SECONDS })
    const resident = (await residentBytes(server)) / 1024 / 1024
    return [
      judge({
        name: 'cold tenant',
        what: 'first request of a tenant: keys made, engine built, p99',
        value: cold,
        unit: 'ms',
        reference: 50,
        referenceName: 'limit',
        budget: { at_most: 1 },
      }),
      judge({
        name: `${USED} of ${TENANTS} tenants`,
        what: `median latency of client_credentials at random ones of ${TENANTS} tenants, constant arrival rate`,
        value: many.p50,
        unit: 'ms',
        reference: one.p50,
        referenceName: 'one tenant',
        budget: { at_most: 1.3 },
        notes: `middle of ${TURNS} turns; p99 ${many.p99.toFixed(1)} ms, one tenant ${one.p99.toFixed(1)} ms`,
      }),
      judge({
        name: 'memory with many tenants',
        what: `resident memory of the server, ${USED} of ${TENANTS} tenants in use, ${USERS} users`,
        value: resident,
        unit: 'MiB',
        reference: 400,
        referenceName: 'limit',
        budget: { at_most: 1 },
        notes: HEAP.NODE_OPTIONS,
      }),
    ]
  } finally {
    await server.stop()
    await cluster.stop()
  }
}

/** By SQL, since they come in thousands. @returns client ids by slug, of those that are used */
async function createTenants(url: string): Promise<ReadonlyMap<string, string>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const settings = JSON.stringify({ audiences: [BENCH_API] })
  await client.query(
    `INSERT INTO tenants (id, slug, name, status, settings, created_at, updated_at)
     SELECT gen_random_uuid(), 'many-' || i, 'Many', 'active', $2, now(), now()
       FROM generate_series(1, $1::int) i`,
    [TENANTS, settings],
  )
  await client.query(
    `INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
     SELECT t.id, gen_random_uuid(), 'user' || i || '@example.test', 'user' || i || '@example.test',
            now(), now()
       FROM tenants t, generate_series(1, $1::int) i WHERE t.slug LIKE 'many-%'`,
    [Math.ceil(USERS / TENANTS)],
  )
  const used = await client.query<{ id: string; slug: string }>(
    `SELECT id, slug FROM tenants WHERE slug LIKE 'many-%' ORDER BY random() LIMIT $1`,
    [USED],
  )
  const slugs = new Map<string, string>()
  for (const { id, slug } of used.rows) slugs.set(slug, await createClient(client, id))
  // Otherwise autovacuum does it for a million new rows, while one of the two is measured.
  await client.query('VACUUM ANALYZE')
  await client.query('CHECKPOINT')
  await client.end()
  return slugs
}

async function createClient(client: pg.Client, tenant: string): Promise<string> {
  const id = randomUUID()
  const metadata = JSON.stringify({
    redirect_uris: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
    scope: 'read',
    resources: [BENCH_API],
  })
  await client.query(
    `INSERT INTO oauth_clients (tenant_id, id, profile, name, status, is_first_party, metadata,
                                version, created_at, updated_at)
     VALUES ($1, $2, 'service', 'Many', 'active', false, $3, 1, now(), now())`,
    [tenant, id, metadata],
  )
  const hash = createHash('sha256').update(SECRET).digest()
  await client.query(
    `INSERT INTO oauth_client_secrets (tenant_id, client_id, secret_hash, created_at)
     VALUES ($1, $2, $3, now())`,
    [tenant, id, hash],
  )
  return fromUuid('cli', id)
}

/** One after the other, so that nothing but the work itself is waited for. */
async function measureCold(server: BenchServer, requests: readonly string[]): Promise<number> {
  const left = [...requests]
  const talker: Talker = { next: () => left.pop(), received: () => undefined }
  const { p99 } = await load({
    port: server.port,
    talkers: [talker],
    seconds: 300,
    warmUpSeconds: 0,
  })
  return p99
}

/** By many short turns, since the speed of a machine drifts by more than what is looked for. */
async function takeTurns(server: BenchServer, ofOne: readonly string[], ofMany: readonly string[]) {
  const turns: { readonly one: LoadResult; readonly many: LoadResult }[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    const one = await measure(server, ofOne, { seconds: SECONDS / 4, pauseMs: PAUSE_MS })
    turns.push({
      one,
      many: await measure(server, ofMany, { seconds: SECONDS / 4, pauseMs: PAUSE_MS }),
    })
  }
  const middle = (of: 'one' | 'many', figure: 'p50' | 'p99') =>
    turns.map((turn) => turn[of][figure]).toSorted((a, b) => a - b)[(TURNS - 1) / 2] ?? Number.NaN
  return {
    one: { p50: middle('one', 'p50'), p99: middle('one', 'p99') },
    many: { p50: middle('many', 'p50'), p99: middle('many', 'p99') },
  }
}

function measure(
  { port }: BenchServer,
  requests: readonly string[],
  pace: { readonly seconds: number; readonly pauseMs?: number },
) {
  const [only] = requests
  const random = (): Talker => ({
    next: () => requests[randomInt(requests.length)],
    received: (status) => {
      if (status !== 200) throw new Error(`unexpected answer: ${status}`)
    },
  })
  const talker = requests.length === 1 ? () => repeat(only ?? request('GET', '/')) : random
  const talkers = Array.from({ length: CONNECTIONS }, talker)
  return load({
    port,
    talkers,
    warmUpSeconds: pace.seconds / 4,
    ...pace,
  })
}

async function residentBytes({ pid }: BenchServer): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}
