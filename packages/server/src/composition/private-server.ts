import { createServer, type Server, type ServerResponse } from 'node:http'
import { type Database, readMigrations, sql } from '../platform/db/index.ts'
import type { Metrics } from '../platform/telemetry/index.ts'

export interface PrivateServerOptions {
  readonly database: Database
  readonly metrics: Metrics
  /** True from the moment the process is asked to stop. */
  isDraining(): boolean
}

export interface PrivateServer {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>
  close(): Promise<void>
}

/**
 * The port for the machinery: `/livez`, `/readyz`, `/metrics`. It asks for no credentials, so it
 * must not be reachable from outside.
 */
export function createPrivateServer(options: PrivateServerOptions): PrivateServer {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    answer(options, path, response).catch(() => reply(response, 500, 'failed'))
  })
  return {
    listen: (host, port) => listen(server, host, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  options: PrivateServerOptions,
  path: string,
  response: ServerResponse,
): Promise<void> {
  switch (path) {
    case '/livez':
      return reply(response, 200, 'ok')
    case '/readyz': {
      const obstacle = await findObstacle(options)
      return reply(response, obstacle === undefined ? 200 : 503, obstacle ?? 'ok')
    }
    case '/metrics': {
      response.setHeader('Content-Type', options.metrics.contentType)
      return reply(response, 200, await options.metrics.render())
    }
    default:
      return reply(response, 404, 'not found')
  }
}

/** Why no traffic should come here, or undefined. */
async function findObstacle(options: PrivateServerOptions): Promise<string | undefined> {
  if (options.isDraining()) return 'draining'
  const needed = (await readMigrations()).length
  const found = await withinTimeLimit(readVersion(options.database)).catch(() => undefined)
  if (found === undefined) return 'database unreachable'
  // A newer release migrates before this one stops, and what it adds does not disturb this one.
  return found < needed ? 'schema behind' : undefined
}

async function readVersion(database: Database): Promise<number> {
  const row = await database.withoutTenant((tx) =>
    tx.first(sql<{ version: number }>`
      SELECT coalesce(max(version), 0)::int AS version FROM countersign_migrations`),
  )
  return row?.version ?? 0
}

function withinTimeLimit<T>(work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('too slow')), READINESS_TIMEOUT_MS).unref()
    }),
  ])
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

function reply(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain')
  response.writeHead(status, { 'Cache-Control': 'no-store' }).end(`${text.trimEnd()}\n`)
}

/** Orchestrators ask every few seconds and count an answer this late as none. */
const READINESS_TIMEOUT_MS = 2_000
