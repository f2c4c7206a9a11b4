import { judge, type Measured } from '../lib/report.ts'
import { type BenchServer, startCountersign, startPostgres } from '../lib/servers.ts'

/** Guesses of each kind. The standard error of the statistic below is then about 0.06. */
const SAMPLES = 200

/**
 * Does the time of a refusal tell whether an account exists? Wrong passwords for known accounts and
 * guesses for unknown ones are sent alternately, one at a time, each from an address of its own.
 * The statistic is |2·AUC − 1| of the two samples (Mann–Whitney): 0 means that an attacker who
 * sees one time can't do better than chance, 1 that one look is enough.
 */
export async function benchEnumeration(): Promise<Measured[]> {
  const cluster = await startPostgres()
  const server = await startCountersign(cluster, SAMPLES, {
    COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1,::1',
    COUNTERSIGN_PASSWORD_MEMORY_KIB: '19456',
    COUNTERSIGN_PASSWORD_ITERATIONS: '2',
    COUNTERSIGN_PASSWORD_PARALLELISM: '1',
  })
  try {
    for (let i = 0; i < 20; i++) await guess(server, `warm-up-${i}@example.test`, i)
    const known: number[] = []
    const unknown: number[] = []
    for (let i = 0; i < SAMPLES; i++) {
      const timeKnown = () => guess(server, server.email(i), 1000 + i).then((t) => known.push(t))
      const timeUnknown = () =>
        guess(server, `nobody${i}@example.test`, 30_000 + i).then((t) => unknown.push(t))
      // The order alternates: whoever comes second may find warmer caches.
      if (i % 2 === 0) {
        await timeKnown()
        await timeUnknown()
      } else {
        await timeUnknown()
        await timeKnown()
      }
    }
    return [
      judge({
        name: 'enumeration by time',
        what: 'what the time of a refused sign-in reveals about an account, |2·AUC − 1|',
        value: Math.abs(2 * areaUnderCurve(known, unknown) - 1),
        unit: '',
        reference: 1,
        referenceName: 'full disclosure',
        budget: { at_most: 0.2 },
        notes: `${SAMPLES} guesses of each kind, alternating, one at a time`,
      }),
    ]
  } finally {
    await server.stop()
    await cluster.stop()
  }
}

async function guess(server: BenchServer, email: string, source: number): Promise<number> {
  const start = performance.now()
  const answer = await fetch(`${server.base}/t/${server.tenant}/api/auth/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': `10.${(source >> 16) & 255}.${(source >> 8) & 255}.${source & 255}`,
    },
    body: JSON.stringify({ email, password: 'not-the-password-1' }),
  })
  await answer.text()
  if (answer.status !== 401) throw new Error(`unexpected answer ${answer.status}`)
  return performance.now() - start
}

/** The chance that a random member of `a` is larger than one of `b`. */
function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  let wins = 0
  for (const x of a) for (const y of b) wins += x > y ? 1 : x === y ? 0.5 : 0
  return wins / (a.length * b.length)
}
