import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import { openServerDatabase, sql } from '../../src/platform/db/index.ts'
import { openWorld } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { type ServeProcess, startServe } from './serve-process.ts'

const url = postgresLane()
const ROUNDS = 6
const CLIENTS = 8
const EMAIL = 'dan@example.test'
const PASSWORD = 'plum-orbit-lantern-42'

/** Keys that were sent, with the body of the answer if there was one. */
type Sent = Map<string, string | undefined>

describe.skipIf(url === undefined)('kill -9 in the middle of administration with keys', () => {
  let postgres: TestPostgres
  let tenant: Tenant
  const masterKey = randomBytes(32).toString('base64')

  beforeAll(async () => {
    postgres = await createPostgresDatabase(url ?? '')
    tenant = await withWorld(async (world) => {
      const made = await world.tenant()
      await world.actors.user({ tenant: made, email: EMAIL, password: PASSWORD, roles: ['admin'] })
      return made
    })
  })

  afterAll(() => postgres.drop())

  it(`makes nothing twice, loses nothing acknowledged, and knows what it did, ${ROUNDS} times`, {
    timeout: 240_000,
  }, async () => {
    const start = () =>
      startServe({ COUNTERSIGN_DATABASE_URL: postgres.appUrl, COUNTERSIGN_MASTER_KEY: masterKey })
    let server = await start()
    const sent: Sent = new Map()
    // The address of a server is in its tokens, and each start has another one.
    let token = await signIn(server)

    for (let round = 0; round < ROUNDS; round++) {
      const load = Array.from({ length: CLIENTS }, () => createUntilItBreaks(server, token, sent))
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 13))
      await server.kill()
      await Promise.all(load)
      server = await start()
      token = await signIn(server)
      const unknown = [...sent].filter(([, body]) => body === undefined).map(([key]) => key)
      for (const key of unknown) {
        const answer = await create(server, token, key)
        // It was not begun, or it is answered now; or nobody knows yet, and it is not begun again.
        expect([201, 409]).toContain(answer.status)
        if (answer.status === 201) sent.set(key, await answer.text())
      }
    }
    for (const [key, body] of [...sent].slice(-100)) {
      const again = await create(server, token, key)
      if (body !== undefined) expect([again.status, await again.text()]).toEqual([201, body])
    }
    await server.stop()

    const { names, changed } = await readFacts()
    expect(new Set(names).size).toBe(names.length)
    for (const [key, body] of sent) if (body !== undefined) expect(names).toContain(key)
    expect(sent.size).toBeGreaterThan(ROUNDS * CLIENTS)
    // The mark and the change are in one transaction: as many of one as of the other.
    expect(changed).toBe(names.length)
  })

  async function createUntilItBreaks(server: ServeProcess, token: string, sent: Sent) {
    for (;;) {
      const key = randomUUID()
      sent.set(key, undefined)
      try {
        const answer = await create(server, token, key)
        if (answer.status !== 201) throw new Error(`creating answered ${answer.status}`)
        sent.set(key, await answer.text())
      } catch (error) {
        if (error instanceof TypeError) return
        throw error
      }
    }
  }

  function create(server: ServeProcess, token: string, key: string): Promise<Response> {
    return fetch(`${server.base}/t/${tenant.slug}/api/admin/clients`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'idempotency-key': key,
      },
      body: JSON.stringify({ profile: 'service', name: key }),
    })
  }

  async function signIn(server: ServeProcess): Promise<string> {
    const answer = await fetch(`${server.base}/t/${tenant.slug}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  function readFacts() {
    return withWorld(async ({ database }) => {
      const [clients, requests] = await database.tenantBatch(tenant.id, [
        sql<{ name: string }>`SELECT name FROM oauth_clients
                               WHERE tenant_id = current_tenant_id()`,
        sql<{ changed: number }>`SELECT count(changed_at)::int AS changed FROM idempotent_requests
                                  WHERE tenant_id = current_tenant_id()`,
      ])
      return { names: clients.map(({ name }) => name), changed: requests[0]?.changed }
    })
  }

  async function withWorld<T>(
    work: (world: Awaited<ReturnType<typeof openWorld>>) => Promise<T>,
  ): Promise<T> {
    const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 4 })
    const world = await openWorld({ database })
    try {
      return await work(world)
    } finally {
      await world.close()
    }
  }
})
