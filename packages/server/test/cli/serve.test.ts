import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { startProcess } from './start-process.ts'
import { countersign, temporaryFolder } from './test-io.ts'

const superuserUrl = postgresLane() ?? ''

describe.skipIf(superuserUrl === '')('countersign serve', { timeout: 60_000 }, () => {
  const cwd = temporaryFolder()
  let postgres: TestPostgres
  let shared: Record<string, string>

  beforeAll(async () => {
    postgres = await createPostgresDatabase(superuserUrl)
    shared = {
      COUNTERSIGN_DATABASE_URL: postgres.appUrl,
      COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
      COUNTERSIGN_BASE_URL: 'http://localhost:4999',
      COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:1',
      COUNTERSIGN_MAIL_FROM: 'no-reply@example.test',
      COUNTERSIGN_PASSWORD_WORKERS: '1',
    }
  })
  afterAll(() => postgres.drop())

  const start = async () => {
    const port = await freePort()
    const privatePort = await freePort()
    const env = { ...shared, COUNTERSIGN_PRIVATE_PORT: String(privatePort) }
    const server = startProcess(['serve', '--port', String(port)], { cwd, env })
    await server.until('process.started')
    const ask = (path: string) => fetch(`http://127.0.0.1:${privatePort}${path}`)
    return { server, env, ask, origin: `http://127.0.0.1:${port}` }
  }

  it('runs twice on one database, and both publish the same keys', async () => {
    const nodes = await Promise.all([start(), start()])

    const keySets = await Promise.all(
      nodes.map(async ({ origin }) => {
        const answer = await fetch(`${origin}/t/system/jwks.json`)
        expect(answer.status).toBe(200)
        return answer.json()
      }),
    )

    expect(keySets[0]).toEqual(keySets[1])
    for (const { server } of nodes) server.child.kill('SIGTERM')
    expect(await Promise.all(nodes.map(({ server }) => server.exited))).toEqual([0, 0])
  })

  it('answers on the private port only what machines ask, and has no mailbox', async () => {
    const { server, env, ask, origin } = await start()

    expect(await (await ask('/livez')).text()).toBe('ok\n')
    expect((await ask('/readyz')).status).toBe(200)
    expect(await (await ask('/metrics')).text()).toContain('http_requests_total')
    expect((await ask('/t/system/jwks.json')).status).toBe(404)
    expect((await fetch(`${origin}/metrics`)).status).toBe(404)
    expect((await fetch(`${origin}/dev/mail`)).status).toBe(404)
    expect(await countersign('healthcheck', { env, cwd })).toEqual({
      stdout: 'ok\n',
      stderr: '',
      code: 0,
    })
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    expect(server.stderr()).toBe('')
    expect(server.stdout()).toContain('process.stopped')
    expect((await countersign('healthcheck', { env, cwd })).code).toBe(5)
  })

  it('is alive but not ready when the database is gone', async () => {
    const doomed = await createPostgresDatabase(superuserUrl)
    shared = { ...shared, COUNTERSIGN_DATABASE_URL: doomed.appUrl }
    const { server, ask } = await start()
    shared = { ...shared, COUNTERSIGN_DATABASE_URL: postgres.appUrl }

    await doomed.drop()

    const answer = await ask('/readyz')
    expect([answer.status, await answer.text()]).toEqual([503, 'database unreachable\n'])
    expect((await ask('/livez')).status).toBe(200)
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
