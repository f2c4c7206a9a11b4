import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { Secret } from '../../src/kernel/index.ts'
import { openServerDatabase } from '../../src/platform/db/index.ts'
import { openWorld } from '../support/open-world.ts'
import { createPostgresDatabase } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'

it('probe stall', async () => {
  const postgres = await createPostgresDatabase(postgresLane() ?? '')
  const target = new URL(postgres.appUrl)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    sockets.add(upstream); sockets.add(client)
    client.on('error', () => 0); upstream.on('error', () => 0)
    client.pipe(upstream); upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1'); await once(server, 'listening')
  const url = new URL(postgres.appUrl)
  url.host = `127.0.0.1:${(server.address() as { port: number }).port}`
  const database = await openServerDatabase({ url: new Secret(url.toString()), poolSize: 5 })
  const world = await openWorld({ database })
  const acme = await world.tenant()
  const ana = await world.actors.signedIn({ tenant: acme })
  for (const s of sockets) { s.unpipe(); s.pause() }
  const start = Date.now()
  const r = await Promise.race([ana.call('GET', '/api/auth/me').then((a) => a.statusCode), new Promise((res) => setTimeout(() => res('hung'), 20_000))])
  console.log('PROBE', r, Date.now() - start)
  for (const s of sockets) s.destroy()
  expect(1).toBe(1)
}, 40_000)
