import { load, repeat, request } from '../lib/load.ts'
import { judge, type Measured } from '../lib/report.ts'
import { startCountersign, startPostgres, startReference } from '../lib/servers.ts'

const CONNECTIONS = 32

/** Token check, live session from PostgreSQL and profile, against a bare validated Fastify route. */
export async function benchMe(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, 32)
  const hello = await startReference('bench/lib/hello-server.ts')
  try {
    const tokens: { access_token: string }[] = []
    for (let user = 0; user < CONNECTIONS; user++) tokens.push(await server.signIn(user))
    const path = `/t/${server.tenant}/api/auth/me`
    const talkers = () =>
      tokens.map(({ access_token }) => repeat(request('GET', path, { token: access_token })))
    const greeting = request('POST', '/hello', { body: { name: 'bench', count: 1 } })
    const hellos = () => Array.from({ length: CONNECTIONS }, () => repeat(greeting))
    const reference = await load({ port: hello.port, talkers: hellos(), seconds: 5 })
    const ours = await load({ port: server.port, talkers: talkers(), seconds: 5, warmUpSeconds: 3 })
    if (Object.keys(ours.statuses).join() !== '200') {
      throw new Error(`unexpected answers: ${JSON.stringify(ours.statuses)}`)
    }
    return [
      judge({
        name: 'GET /api/auth/me',
        what: 'access-token check and `GET /api/auth/me` over HTTP, live from PostgreSQL',
        value: ours.perSecond,
        unit: '/s',
        reference: reference.perSecond,
        referenceName: 'Fastify with a zod body',
        budget: { at_least: 0.5 },
        notes: `${CONNECTIONS} connections, load generator on the same machine`,
      }),
    ]
  } finally {
    await hello.stop()
    await server.stop()
    await cluster.stop()
  }
}
