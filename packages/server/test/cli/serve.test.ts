import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
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

  const start = async (more: Record<string, string> = {}) => {
    const port = await freePort()
    const privatePort = await freePort()
    const env = { ...shared, COUNTERSIGN_PRIVATE_PORT: String(privatePort), ...more }
    const server = startProcess(['serve', '--port', String(port)], { cwd, env })
    await server.until('process.started')
    const ask = (path: string) => fetch(`http://127.0.0.1:${privatePort}${path}`)
    return { server, env, ask, port, origin: `http://127.0.0.1:${port}` }
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

  it('speaks https with a certificate from files, and asks clients for theirs', async () => {
    const { key, cert } = makeCertificate({ subject: 'CN=localhost', names: 'DNS:localhost' })
    writeFileSync(join(cwd, 'tls.pem'), cert)
    writeFileSync(join(cwd, 'tls.key'), key, { mode: 0o600 })
    const { server, port } = await start({
      COUNTERSIGN_TLS_CERTIFICATE_FILE: 'tls.pem',
      COUNTERSIGN_TLS_KEY_FILE: 'tls.key',
    })

    const discovery = await getOverTls(port, '/t/system/.well-known/openid-configuration', cert)
    expect(discovery).toContain('"tls_client_certificate_bound_access_tokens":true')
    expect(discovery).not.toContain('"tls_client_auth"')
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    expect(server.stdout()).not.toContain('PRIVATE KEY')
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

  it('on SIGTERM says that it is not ready, finishes the request in hand, and ends', async () => {
    const { server, ask, origin } = await start()
    const { request, received, answered } = beginSignIn(origin)
    await received

    server.child.kill('SIGTERM')
    const notReady = await poll(async () => {
      const answer = await ask('/readyz')
      return answer.status === 503 ? answer.text() : undefined
    })
    const refused = fetch(`${origin}/t/system/jwks.json`)

    expect(notReady).toBe('draining\n')
    await expect(refused).rejects.toThrow()
    request.end('"password":"not-the-password"}')
    expect(await answered).toBe(401)
    expect(await server.exited).toBe(0)
  })

  it('cuts off what is still running after COUNTERSIGN_SHUTDOWN_SECONDS', async () => {
    shared = { ...shared, COUNTERSIGN_SHUTDOWN_SECONDS: '1' }
    const { server, origin } = await start()
    const { received, answered } = beginSignIn(origin)
    await received
    const before = performance.now()

    server.child.kill('SIGTERM')

    expect(await server.exited).toBe(0)
    expect(performance.now() - before).toBeGreaterThan(900)
    expect(await answered).toBe('ECONNRESET')
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

/** A sign-in whose body is not complete yet; `received` when the server has its head. */
function beginSignIn(origin: string) {
  const { promise: answered, resolve: answer } = Promise.withResolvers<
    number | string | undefined
  >()
  const request = httpRequest(`${origin}/t/system/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  })
  const received = new Promise<void>((resolve) => {
    request.on('continue', () => {
      request.write('{"email":"nobody@example.test",')
      resolve()
    })
  })
  request.on('response', (response) => {
    response.resume()
    answer(response.statusCode)
  })
  request.on('error', (error: NodeJS.ErrnoException) => answer(error.code))
  request.flushHeaders()
  return { request, received, answered }
}

async function poll<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await read()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('it did not come')
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

function getOverTls(port: number, path: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', servername: 'localhost', port, path, ca, agent: false }
    get(options, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => resolve(text))
    }).on('error', reject)
  })
}
