import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/kernel/index.ts'
import { openServerDatabase } from '../../src/platform/db/index.ts'
import { openWorld } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { type ServeProcess, startServe } from './serve-process.ts'

const url = postgresLane()
const PASSWORD = 'plum-orbit-lantern-42'

describe.skipIf(url === undefined)('two `serve` processes on one PostgreSQL', () => {
  let postgres: TestPostgres
  let slug: string
  let nodes: [ServeProcess, ServeProcess]

  beforeAll(async () => {
    postgres = await createPostgresDatabase(url ?? '')
    const env = {
      // Both serve the same issuer, as behind one load balancer.
      COUNTERSIGN_BASE_URL: 'http://localhost:4820',
      COUNTERSIGN_DATABASE_URL: postgres.appUrl,
      COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    }
    slug = await prepare(postgres)
    nodes = await Promise.all([startServe(env), startServe(env)])
  })

  afterAll(async () => {
    const codes = await Promise.all(nodes.map((node) => node.stop()))
    expect(codes).toEqual([0, 0])
    await postgres.drop()
  })

  it('give 50 parallel refreshes of one token one distinct successor (I1)', async () => {
    const { refresh_token } = await signIn(nodes[0], 'one@example.test')

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => call(nodes[i % 2], 'refresh', { refresh_token })),
    )
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
      refresh_token: string
    }[]

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    expect(new Set(bodies.map((body) => body.refresh_token)).size).toBe(1)
  })

  it('refuse on one node at once what was ended on the other (I4)', async () => {
    const tokens = await signIn(nodes[0], 'two@example.test')
    expect((await me(nodes[1], tokens.access_token)).status).toBe(200)

    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const logout = await call(nodes[0], 'logout', undefined, headers)

    expect(logout.status).toBe(204)
    expect((await me(nodes[1], tokens.access_token)).status).toBe(401)
    const { refresh_token } = tokens
    expect((await call(nodes[1], 'refresh', { refresh_token })).status).toBe(401)
  })

  it('judge 50 parallel guesses of one password together (I7)', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        call(nodes[i % 2], 'login', { email: 'three@example.test', password: `wrong-${i}` }),
      ),
    )
    const right = await call(nodes[1], 'login', { email: 'three@example.test', password: PASSWORD })

    expect(answers.every(({ status }) => status === 401)).toBe(true)
    // Delayed by now, whatever the password; and nothing says so.
    expect(right.status).toBe(401)
  })

  async function signIn(node: ServeProcess, email: string) {
    const answer = await call(node, 'login', { email, password: PASSWORD })
    return (await answer.json()) as { access_token: string; refresh_token: string }
  }

  function me(node: ServeProcess, token: string): Promise<Response> {
    return fetch(`${node.base}/t/${slug}/api/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
    })
  }

  function call(
    node: ServeProcess | undefined,
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(`${node?.base}/t/${slug}/api/auth/${path}`, {
      method: 'POST',
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
})

async function prepare(postgres: TestPostgres): Promise<string> {
  const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 4 })
  const world = await openWorld({ database })
  const tenant = await world.tenant()
  for (const name of ['one', 'two', 'three']) {
    await world.actors.user({ tenant, email: `${name}@example.test`, password: PASSWORD })
  }
  await world.close()
  return tenant.slug
}
