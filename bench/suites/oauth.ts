import { load, type LoadResult, repeat, request, type Talker } from '../lib/load.ts'
import {
  clientCredentials,
  codeRounds,
  obtainRefreshToken,
  type PreparedOAuth,
  refreshes,
  signInBrowser,
} from '../lib/oauth-prepared.ts'
import { judge, type Measured } from '../lib/report.ts'
import {
  type BenchServer,
  startCountersign,
  startPostgres,
  startReference,
} from '../lib/servers.ts'

const CONNECTIONS = 32
const TURNS = 3
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 6)

/** The token endpoint with clients from PostgreSQL, against the same engine in memory. */
export async function benchOAuth(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, CONNECTIONS, {}, 'bench/lib/prepare-oauth.ts')
  try {
    const prepared = JSON.parse(server.tenant) as PreparedOAuth
    const { slug, service } = prepared
    const { bare, credentials } = await takeTurns(
      server,
      times(repeat(clientCredentials(slug, service))),
    )
    const chains: Talker[] = []
    const rounds: Talker[] = []
    for (let user = 0; user < CONNECTIONS; user++) {
      const cookie = await signInBrowser(server, slug, user)
      chains.push(refreshes(prepared, await obtainRefreshToken(server, prepared, cookie)))
      rounds.push(codeRounds(prepared, cookie))
    }
    // Its code is longer than that of the others: it is warm after some ten thousand.
    await measure(server, chains)
    const refreshed = await measure(server, chains)
    const authorized = await measure(server, rounds, [200, 303])
    return [
      compare('client_credentials', credentials, bare, { at_least: 0.9 }),
      compare('OAuth refresh', refreshed.perSecond, REFRESH_TARGET, { at_least: 1 }),
      // A round is two requests. It has no budget; it is here to be seen.
      compare('authorize and token', authorized.perSecond / 2, bare, { at_least: 0 }),
    ]
  } finally {
    await server.stop()
    await cluster.stop()
  }
}

function compare(
  name: string,
  value: number,
  reference: number,
  budget: { readonly at_least: number },
): Measured {
  const isFixed = reference === REFRESH_TARGET
  return judge({
    name,
    what: `${name}, ES256, PostgreSQL, audited, ${CONNECTIONS} connections`,
    value,
    unit: '/s',
    reference,
    referenceName: isFixed ? 'fixed target' : 'bare oidc-provider, client_credentials in memory',
    budget,
    notes: 'the status of every answer is checked',
  })
}

/** By turns, since the speed of a machine drifts by more than what is looked for. */
async function takeTurns(server: BenchServer, talkers: readonly Talker[]) {
  const reference = await startReference('bench/lib/oauth-memory-server.ts')
  try {
    const form = {
      client_id: 'bench',
      client_secret: 'bench-secret',
      grant_type: 'client_credentials',
      scope: 'read',
    }
    const bareTalkers = times(repeat(request('POST', '/token', { form })))
    const sums = { bare: 0, credentials: 0 }
    for (let turn = 0; turn < TURNS; turn++) {
      sums.bare += (await measure(reference, bareTalkers)).perSecond
      sums.credentials += (await measure(server, talkers)).perSecond
    }
    return { bare: sums.bare / TURNS, credentials: sums.credentials / TURNS }
  } finally {
    await reference.stop()
  }
}

function times(talker: Talker): Talker[] {
  return Array.from({ length: CONNECTIONS }, () => talker)
}

async function measure(
  { port }: Pick<BenchServer, 'port'>,
  talkers: readonly Talker[],
  expected: readonly number[] = [200],
): Promise<LoadResult> {
  const result = await load({ port, talkers, seconds: SECONDS, warmUpSeconds: SECONDS / 3 })
  const seen = Object.keys(result.statuses).map(Number)
  if (seen.some((status) => !expected.includes(status)) || seen.length !== expected.length) {
    throw new Error(`unexpected answers: ${JSON.stringify(result.statuses)}`)
  }
  return result
}

/** Refreshes per second and core-equivalent. */
const REFRESH_TARGET = 1200
