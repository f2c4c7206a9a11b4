import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import { type Database, openServerDatabase, sql } from '../../src/platform/db/index.ts'
import { openWorld } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis-server.ts'
import { type ServeProcess, startServe } from './serve-process.ts'

const url = postgresLane()

/** Limits of requests live in Redis, failed sign-ins in PostgreSQL. Redis may be lost at any time. */
describe.skipIf(url === undefined || !hasRedis)('two `serve` processes on one Redis', () => {
  let postgres: TestPostgres
  let redis: RedisServer
  let inspector: Redis
  let database: Database
  let tenant: Tenant
  let nodes: [ServeProcess, ServeProcess]

  beforeAll(async () => {
    postgres = await createPostgresDatabase(url ?? '')
    redis = await startRedis()
    inspector = new Redis(redis.url)
    inspector.on('error', () => undefined)
    database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 2 })
    tenant = await prepare(postgres)
    const env = {
      COUNTERSIGN_BASE_URL: 'http://localhost:4820',
      COUNTERSIGN_DATABASE_URL: postgres.appUrl,
      COUNTERSIGN_REDIS_URL: redis.url,
      COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
      COUNTERSIGN_RATE_LIMIT_SCALE: '1',
    }
    nodes = await Promise.all([startServe(env), startServe(env)])
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await database.close()
    inspector.disconnect()
    await redis.kill()
    await postgres.drop()
  })

  it('share a limit, answer while Redis is away, and give nothing back (I7)', async () => {
    const [first, second] = nodes
    await untilShared()
    for (let n = 0; n < 6; n++) await guess(nodes[n % 2])
    expect(await failures()).toEqual([6, 6, 6])

    // 60 requests a minute for both together; the first node counts 50 of them.
    const allowed = [...(await times(50, first)), ...(await times(10, second))]
    expect(new Set(allowed)).toEqual(new Set([200]))
    expect([await policy(first), await policy(second)]).toEqual([429, 429])

    await redis.kill()
    // What a node has counted itself still counts: 51 here, 11 there.
    expect(await times(9, first)).toEqual(Array.from({ length: 9 }, () => 200))
    expect(await policy(first)).toBe(429)
    expect(await policy(second)).toBe(200)
    expect(await failures()).toEqual([6, 6, 6])

    await redis.restart()
    await untilShared()
    expect(await policy(first)).toBe(429)
    await inspector.flushall()
    expect(await policy(first)).toBe(429)
    expect(await policy(second)).toBe(200)

    // The next guess counts behind those from before.
    await guess(second)
    expect(Math.max(...(await failures()))).toBe(7)
  }, 60_000)

  const policy = async (node: ServeProcess) =>
    (await fetch(`${node.base}/t/${tenant.slug}/api/auth/password/policy`)).status

  async function times(count: number, node: ServeProcess): Promise<number[]> {
    const answers = []
    for (let n = 0; n < count; n++) answers.push(await policy(node))
    return answers
  }

  async function guess(node: ServeProcess | undefined): Promise<void> {
    const answer = await fetch(`${node?.base}/t/${tenant.slug}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'one@example.test', password: 'not-the-password-17' }),
    })
    expect(answer.status).toBe(401)
  }

  /** By scope: account, pair, source. */
  async function failures(): Promise<number[]> {
    const [rows] = await database.tenantBatch(tenant.id, [
      sql<{ failures: number }>`
        SELECT failures FROM sign_in_failures
         WHERE tenant_id = current_tenant_id() ORDER BY scope`,
    ])
    return rows.map((row) => row.failures)
  }

  /** Until both nodes count in Redis: each leaves a counter there. */
  async function untilShared(): Promise<void> {
    for (const node of nodes) {
      await inspector.flushall()
      while ((await inspector.keys('*')).length === 0) {
        await fetch(`${node.base}/t/${tenant.slug}/api/auth/captcha?purpose=sign_in`)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }
})

async function prepare(postgres: TestPostgres): Promise<Tenant> {
  const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 4 })
  const world = await openWorld({ database })
  const tenant = await world.tenant()
  await world.actors.user({ tenant, email: 'one@example.test' })
  await world.close()
  return tenant
}
