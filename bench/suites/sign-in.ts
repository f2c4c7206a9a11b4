import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { load, repeat, request } from '../lib/load.ts'
import { judge, type Measured } from '../lib/report.ts'
import { type BenchServer, startCountersign, startPostgres } from '../lib/servers.ts'

const SECONDS = 6
/** They take turns, so that both meet the machine in the same mood. */
const TURNS = 3

/** Sign-in is as fast as Argon2id allows, and does not slow the rest of the server down. */
export async function benchSignIn(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, 64)
  try {
    const { raw, ours } = await byTurns(server)
    const storm = await stormLatency(server)
    return [
      judge({
        name: 'sign-in',
        what: 'password sign-in, Argon2id m=64 MiB t=3 p=4',
        value: ours,
        unit: '/s',
        reference: raw,
        referenceName: 'bare Argon2id on all cores',
        budget: { at_least: 0.95 },
      }),
      judge({
        name: 'storm: p99 of GET me',
        what: 'p99 of `GET /api/auth/me` while sign-in is saturated, constant arrival rate',
        value: storm.busy,
        unit: 'ms',
        reference: storm.idle,
        referenceName: 'p99 when idle',
        budget: { at_most: 5 },
        notes: `shed with 503: ${storm.shed}; other 5xx: ${storm.errors}`,
      }),
    ]
  } finally {
    await server.stop()
    await cluster.stop()
  }
}

/** Each a second, on the average of all turns. */
async function byTurns(server: BenchServer) {
  const raw: number[] = []
  const ours: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    raw.push(await rawArgon2())
    ours.push((await signIns(server, 8, SECONDS)).perSecond)
  }
  return { raw: meanOf(raw), ours: meanOf(ours) }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function signIns(server: BenchServer, connections: number, seconds: number) {
  const path = `/t/${server.tenant}/api/auth/login`
  const talkers = Array.from({ length: connections }, (_, user) =>
    repeat(
      request('POST', path, { body: { email: server.email(user), password: server.password } }),
    ),
  )
  return load({ port: server.port, talkers, seconds, warmUpSeconds: 2 })
}

async function stormLatency(server: BenchServer) {
  const { access_token } = await server.signIn(0)
  const me = repeat(request('GET', `/t/${server.tenant}/api/auth/me`, { token: access_token }))
  const measure = (seconds: number) =>
    load({ port: server.port, talkers: Array(10).fill(me), seconds, pauseMs: 50, warmUpSeconds: 2 })
  const idle = await measure(6)
  // Long enough that one pause of a virtual machine is not the hundredth request.
  const [busy, storm] = await Promise.all([measure(30), signIns(server, 50, 32)])
  const errors = Object.entries({ ...busy.statuses }).filter(([status]) => Number(status) >= 500)
  return {
    idle: idle.p99,
    busy: busy.p99,
    shed: storm.statuses[503] ?? 0,
    errors: errors.length,
  }
}

async function rawArgon2(): Promise<number> {
  const file = fileURLToPath(new URL('../lib/raw-argon2.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [file, String(SECONDS)])
  return Number(stdout)
}
