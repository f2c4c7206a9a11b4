import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import {
  findPostgresBinaries,
  type PostgresCluster,
  startPostgresCluster,
} from '../../packages/server/test/support/postgres-cluster.ts'
import { createPostgresDatabase } from '../../packages/server/test/support/postgres-database.ts'

export interface Running {
  readonly port: number
  stop(): Promise<void>
}

export interface BenchServer extends Running {
  readonly base: string
  /** What the preparing script printed: the slug of its tenant, unless it says otherwise. */
  readonly tenant: string
  /** Of its process. */
  readonly pid: number
  /** As the owner of everything: for rows that come in thousands. */
  readonly superuserUrl: string
  /** Signs one of the prepared users in. */
  signIn(user: number): Promise<{ access_token: string; refresh_token: string }>
  readonly password: string
  email(user: number): string
}

/** Everybody talks to it over its Unix socket: they share the machine. */
export async function startPostgres(): Promise<PostgresCluster & { binaries: string }> {
  const binaries = await findPostgresBinaries()
  if (binaries === undefined) throw new Error('install PostgreSQL to run this benchmark')
  const cluster = await startPostgresCluster(binaries)
  return { ...cluster, url: cluster.socketUrl, binaries }
}

/** An empty database for a reference. @returns its URL */
export async function createDatabase(cluster: PostgresCluster, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`)
  await client.end()
  const url = new URL(cluster.url)
  url.pathname = `/${name}`
  return url.href
}

/** `countersign serve` as production runs it, on its own database with `users` users. */
export async function startCountersign(
  cluster: PostgresCluster,
  users: number,
  env: Readonly<Record<string, string>> = {},
  prepare = 'bench/lib/prepare-users.ts',
): Promise<BenchServer> {
  const database = await createPostgresDatabase(cluster.url)
  const [port, privatePort] = [await freePort(), await freePort()]
  const base = `http://localhost:${port}`
  const settings = {
    COUNTERSIGN_DATABASE_URL: database.appUrl,
    COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_BASE_URL: base,
    COUNTERSIGN_PORT: String(port),
    COUNTERSIGN_PRIVATE_PORT: String(privatePort),
    COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:2525',
    COUNTERSIGN_MAIL_FROM: 'bench@example.test',
    COUNTERSIGN_LOG_LEVEL: 'error',
    COUNTERSIGN_RATE_LIMIT_SCALE: '1000000',
    ...env,
  }
  const prepared = startNode(prepare, {
    ...settings,
    BENCH_USERS: String(users),
  })
  const tenant = (await firstLine(prepared)).trim()
  const server = startNode('packages/server/src/main.ts', settings, ['serve'])
  await untilAnswers(`http://127.0.0.1:${privatePort}/readyz`)
  const email = (user: number) => `user${user}@example.test`
  return {
    port,
    base,
    tenant,
    pid: server.pid ?? 0,
    superuserUrl: superuserUrlOf(cluster.url, database.appUrl),
    password: BENCH_PASSWORD,
    email,
    signIn: async (user) => {
      const answer = await fetch(`${base}/t/${tenant}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: email(user), password: BENCH_PASSWORD }),
      })
      if (!answer.ok) throw new Error(`sign-in failed: ${await answer.text()}`)
      return (await answer.json()) as { access_token: string; refresh_token: string }
    },
    stop: async () => {
      await stopChild(server)
      await database.drop()
    },
  }
}

function superuserUrlOf(cluster: string, database: string): string {
  const url = new URL(cluster)
  url.pathname = new URL(database).pathname
  return url.href
}

/** A reference server in a process of its own, so that it competes for the cores as ours does. */
export async function startReference(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const port = await freePort()
  const child = startNode(file, { BENCH_PORT: String(port), ...env })
  await untilAnswers(`http://127.0.0.1:${port}/ready`)
  return { port, stop: () => stopChild(child) }
}

export const BENCH_PASSWORD = 'plum-orbit-lantern-42'

function startNode(file: string, env: Record<string, string>, args: string[] = []): ChildProcess {
  return spawn(process.execPath, ['--conditions=source', file, ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.on('exit', (code) => {
      if (code === 0) resolve(text)
      else reject(new Error(`preparing the users failed with ${code}`))
    })
  })
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no answer from ${url}`)
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
