import { load, repeat, request, type Talker } from '../lib/load.ts'
import { judge, type Measured } from '../lib/report.ts'
import {
  BENCH_PASSWORD,
  type BenchServer,
  createDatabase,
  startCountersign,
  startPostgres,
  startReference,
} from '../lib/servers.ts'

const CONNECTIONS = 32

/** Token check, live session from PostgreSQL and profile, against a bare validated Fastify route. */
export async function benchMe(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, 32)
  const hello = await startReference('bench/lib/hello-server.ts')
  const betterAuth = await startReference('bench/lib/better-auth-server.ts', {
    BENCH_DATABASE_URL: await createDatabase(cluster, 'better_auth'),
  })
  const handwritten = await startReference('bench/lib/handwritten-server.ts', {
    BENCH_DATABASE_URL: await createDatabase(cluster, 'handwritten'),
  })
  try {
    const greeting = request('POST', '/hello', { body: { name: 'bench', count: 1 } })
    const hellos = () => Array.from({ length: CONNECTIONS }, () => repeat(greeting))
    const reference = await load({ port: hello.port, talkers: hellos(), seconds: 5 })
    const ours = await loadMe(server)
    const byHand = await loadHandwritten(handwritten.port)
    const sessions = await loadGetSession(betterAuth.port)
    return [
      judge({
        name: 'GET /api/auth/me',
        what: 'access-token check and `GET /api/auth/me` over HTTP, live from PostgreSQL',
        value: ours,
        unit: '/s',
        reference: reference.perSecond,
        referenceName: 'Fastify with a zod body',
        budget: { at_least: 0.5 },
        notes: `${CONNECTIONS} connections, load generator on the same machine`,
      }),
      judge({
        name: 'GET me, against a handwritten route',
        what: 'the same against Fastify with jose and one statement by pg on the same PostgreSQL',
        value: ours,
        unit: '/s',
        reference: byHand,
        referenceName: 'handwritten route',
        budget: { at_least: 1 },
        notes: `${CONNECTIONS} connections, load generator on the same machine`,
      }),
      judge({
        name: 'GET me, against Better Auth',
        what: 'the same against Better Auth on the same PostgreSQL',
        value: ours,
        unit: '/s',
        reference: sessions,
        referenceName: 'Better Auth get-session',
        budget: { at_least: 10 },
        notes: `${CONNECTIONS} connections, load generator on the same machine`,
      }),
    ]
  } finally {
    await hello.stop()
    await betterAuth.stop()
    await handwritten.stop()
    await server.stop()
    await cluster.stop()
  }
}

async function loadMe(server: BenchServer): Promise<number> {
  const talkers: Talker[] = []
  for (let user = 0; user < CONNECTIONS; user++) {
    const { access_token: token } = await server.signIn(user)
    talkers.push(repeat(request('GET', `/t/${server.tenant}/api/auth/me`, { token })))
  }
  return loadOnly200(server.port, talkers)
}

async function loadHandwritten(port: number): Promise<number> {
  const talkers: Talker[] = []
  for (let user = 0; user < CONNECTIONS; user++) {
    const token = await (await fetch(`http://127.0.0.1:${port}/token`)).text()
    talkers.push(repeat(request('GET', '/me', { token })))
  }
  return loadOnly200(port, talkers)
}

async function loadOnly200(port: number, talkers: readonly Talker[]): Promise<number> {
  const result = await load({ port, talkers, seconds: 5, warmUpSeconds: 3 })
  if (Object.keys(result.statuses).join() !== '200') {
    throw new Error(`unexpected answers: ${JSON.stringify(result.statuses)}`)
  }
  return result.perSecond
}

/** Better Auth's `get-session`, each connection with a session of its own. */
async function loadGetSession(port: number): Promise<number> {
  const talkers: Talker[] = []
  for (let user = 0; user < CONNECTIONS; user++) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/auth/sign-up/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` },
      body: JSON.stringify({
        email: `user${user}@example.test`,
        name: 'bench',
        password: BENCH_PASSWORD,
      }),
    })
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
    if (cookie === undefined) throw new Error(`no session: ${await answer.text()}`)
    talkers.push(repeat(request('GET', '/api/auth/get-session', { cookie })))
  }
  return loadOnly200(port, talkers)
}
