import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import { openServerDatabase } from '../../src/platform/db/index.ts'
import type { Actor } from '../support/actors.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'

/**
 * Threat: while the database is away, somebody is let in, or everybody is signed out because loss
 * looks like a refusal (invariants I8, I12).
 */
const superuserUrl = postgresLane()

describe.skipIf(superuserUrl === undefined)('without its database, the server', () => {
  let postgres: TestPostgres
  let cable: Cable
  let world: World
  let acme: Tenant
  let ana: Actor
  let ben: Actor

  beforeAll(async () => {
    postgres = await createPostgresDatabase(superuserUrl ?? '')
    cable = await createCable(new URL(postgres.appUrl))
    const url = new URL(postgres.appUrl)
    url.host = `127.0.0.1:${cable.port}`
    const database = await openServerDatabase({ url: new Secret(url.toString()), poolSize: 5 })
    world = await openWorld({ database })
    acme = await world.tenant()
    ana = await world.actors.signedIn({ tenant: acme })
    ben = await world.actors.user({ tenant: acme })
    await ben.signInWithCookie()
    expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(200)
  })
  afterAll(async () => {
    await world.close()
    await cable.close()
    await postgres.drop()
  })

  function expectUnavailable(answer: Awaited<ReturnType<Actor['call']>>): void {
    expectProblem(answer, 'database_unavailable', 503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['www-authenticate']).toBeUndefined()
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.body).not.toMatch(/ECONN|terminated|postgres|\d+\.\d+\.\d+\.\d+/)
  }

  /** Every way to use the server with good credentials and with bad ones. */
  function useEverything(): Promise<Awaited<ReturnType<Actor['call']>>[]> {
    const nobody = world.actors.nobody(acme)
    const email = ana.identity.email
    return Promise.all([
      ana.login(),
      ana.login({ password: 'wrong-guess-1234' }),
      ana.call('GET', '/api/auth/me'),
      ana.call('GET', '/api/auth/sessions'),
      ana.call('PATCH', '/api/auth/me', { display_name: 'Changed' }),
      ana.call('POST', '/api/auth/logout'),
      ana.refresh(),
      ben.call('GET', '/api/auth/me'),
      ben.call('POST', '/api/auth/refresh', {}),
      nobody.call('POST', '/api/auth/password/forgot', { email }),
      nobody.call('POST', '/api/auth/verify-email', { token: 'A'.repeat(43) }),
      nobody.call('POST', '/api/auth/register', {
        email: 'new@example.test',
        password: 'quartz-meadow-ripple-77',
      }),
      // Even a token that is refused for its form: the refusal can't be recorded.
      nobody.request({ url: '/api/auth/me', headers: { authorization: 'Bearer a.b.c' } }),
    ])
  }

  async function expectEverythingWorks(): Promise<void> {
    expect((await ana.call('GET', '/api/auth/me')).statusCode).toBe(200)
    expect((await ben.call('GET', '/api/auth/me')).statusCode).toBe(200)
    expect((await ana.login()).statusCode).toBe(200)
  }

  it('answers 503 with Retry-After everywhere, lets nobody in and signs nobody out', async () => {
    const before = await ana.call('GET', '/api/auth/me')
    await cable.cut()

    for (const answer of await useEverything()) expectUnavailable(answer)

    await cable.mend()
    await expectEverythingWorks()
    expect((await ana.call('GET', '/api/auth/me')).json()).toEqual(before.json())
    expect((await ana.refresh()).statusCode).toBe(200)
  })

  it.each(['', '&nothing=1'])(
    'answers a client 503 in its own way, and the client goes on afterwards%s',
    async (more) => {
      const { client, secret } = await world.app.clients.create(world.internalContext(acme), {
        profile: 'service',
        name: 'Worker',
        metadata: { scope: 'read', resources: [acme.issuer] },
        isFirstParty: true,
      })
      const ask = () =>
        world.app.http.inject({
          method: 'POST',
          url: `/t/${acme.slug}/oauth/token`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: `grant_type=client_credentials&client_id=${client.id}&client_secret=${secret?.reveal()}${more}`,
        })
      expect((await ask()).statusCode).toBe(200)
      await cable.cut()

      const answer = await ask()

      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toEqual({ error: 'temporarily_unavailable' })
      expect(answer.headers['retry-after']).toBe('1')
      await cable.mend()
      expect((await ask()).statusCode).toBe(200)
    },
  )

  it('answers 503 for a tenant that it does not have in memory', async () => {
    const other = await world.tenant()
    await cable.cut()

    for (const path of ['/jwks.json', '/.well-known/openid-configuration', '/api/auth/me']) {
      expectUnavailable(await world.actors.nobody(other).call('GET', path))
    }

    await cable.mend()
    expect((await world.actors.nobody(other).call('GET', '/jwks.json')).statusCode).toBe(200)
  })

  it('still publishes the keys that it has in memory', async () => {
    expect((await ana.call('GET', '/jwks.json')).statusCode).toBe(200)
    await cable.cut()

    const answer = await ana.call('GET', '/jwks.json')

    expect(answer.statusCode).toBe(200)
    await cable.mend()
  })

  it('is whole again at once after its connections broke in the middle of a storm', async () => {
    const storm = Promise.all(Array.from({ length: 50 }, () => ana.call('GET', '/api/auth/me')))
    cable.breakConnections()

    const statuses = new Set((await storm).map((answer) => answer.statusCode))

    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
    await expectEverythingWorks()
  })

  it('answers 503 when the network swallows what it sends, instead of waiting for ever (I12)', async () => {
    cable.swallow()

    expectUnavailable(await ana.call('GET', '/api/auth/me'))

    cable.breakConnections()
    const status = async () => (await ana.call('GET', '/api/auth/me')).statusCode
    await expect.poll(status, { timeout: 10_000 }).toBe(200)
    await expectEverythingWorks()
  })

  it('logs what happened, with no address of the database and no password', async () => {
    await cable.cut()
    expectUnavailable(await ana.call('GET', '/api/auth/me'))
    await cable.mend()

    const { password } = new URL(postgres.appUrl)
    const failures = world.logLines.filter((line) => line.includes('http.failed'))
    expect(failures.length).toBeGreaterThan(0)
    for (const line of failures) expect(line).not.toContain(password)
  })
})

/** The network between server and database, which a test can cut. */
interface Cable {
  readonly port: number
  cut(): Promise<void>
  mend(): Promise<void>
  breakConnections(): void
  /** The connections of this moment stay open and carry nothing any more. */
  swallow(): void
  close(): Promise<void>
}

async function createCable(target: URL): Promise<Cable> {
  const sockets = new Set<Socket>()
  let server = listenTo(target, sockets)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { port } = address
  const breakConnections = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    breakConnections()
    await closed
  }
  return {
    port,
    cut,
    mend: async () => {
      server = listenTo(target, sockets)
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    breakConnections,
    swallow: () => {
      for (const socket of sockets) {
        socket.unpipe()
        socket.resume()
      }
    },
    close: async () => {
      if (server.listening) await cut()
    },
  }
}

function listenTo(target: URL, sockets: Set<Socket>): Server {
  return createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream)
    upstream.pipe(client)
  })
}
