import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import pg from 'pg'

/** What a TypeScript user might pick instead: Better Auth as its manual sets it up, on PostgreSQL. */
const port = Number(process.env['BENCH_PORT'])
const options = {
  database: new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'] ?? '', max: 10 }),
  secret: 'a secret of at least thirty-two characters, for the benchmark',
  baseURL: `http://127.0.0.1:${port}`,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
}
const { runMigrations } = await getMigrations(options)
await runMigrations()
const handle = toNodeHandler(betterAuth(options))
createServer((request, response) => {
  if (request.url === '/ready') response.end('ready')
  else void handle(request, response)
}).listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
