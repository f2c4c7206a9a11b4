import { Secret } from '../../kernel/index.ts'
import type { Config } from '../../platform/config/index.ts'
import { createPasswordHasher } from '../../platform/password-hashing/index.ts'
import { type Finding, ok, warning } from './finding.ts'

type Cost = Pick<Config['passwords'], 'memoryKib' | 'iterations' | 'parallelism'>

/**
 * Hashes with the configured parameters and judges how long it takes on this machine.
 * @param measure milliseconds of one hash
 */
export async function checkPasswordCost(
  { memoryKib, iterations, parallelism }: Cost,
  measure: (cost: Cost) => Promise<number> = measureHash,
): Promise<Finding> {
  const cost = { memoryKib, iterations, parallelism }
  const took = await measure(cost)
  const what = `one hash takes ${Math.round(took)} ms (m=${memoryKib}, t=${iterations}, p=${parallelism})`
  if (took < FASTEST_MS) {
    const why = 'whoever steals the database tries many passwords a second'
    return warning(CHECK, what, why, adviceFor(cost, took, stronger(cost, took)))
  }
  if (took > SLOWEST_MS) {
    const why = 'each sign-in waits for it, and few sign-ins keep all cores busy'
    return warning(CHECK, what, why, adviceFor(cost, took, weaker(cost, took)))
  }
  return ok(CHECK, what)
}

/** The middle of three, after one that starts the worker; alone, as at a quiet time. */
async function measureHash(cost: Cost): Promise<number> {
  const hasher = createPasswordHasher({ ...cost, workers: 1, queueLimit: 1 })
  try {
    const password = new Secret('calibration')
    await hasher.hash(password)
    const times: number[] = []
    for (let run = 0; run < 3; run++) {
      const begun = performance.now()
      await hasher.hash(password)
      times.push(performance.now() - begun)
    }
    return times.sort((a, b) => a - b)[1] ?? 0
  } finally {
    await hasher.close()
  }
}

/** Memory first, as it hurts an attacker more than passes do. Time grows with both alike. */
function stronger(cost: Cost, took: number): Cost {
  const factor = TARGET_MS / Math.max(took, 0.1)
  const memoryKib = Math.min(roundToMib(cost.memoryKib * factor), LARGEST_ADVICE_KIB)
  const left = (cost.memoryKib * cost.iterations * factor) / memoryKib
  return { ...cost, memoryKib, iterations: clamp(Math.round(left), cost.iterations, 20) }
}

/** Passes first; neither falls below what the configuration accepts. */
function weaker(cost: Cost, took: number): Cost {
  const factor = TARGET_MS / took
  const iterations = clamp(Math.round(cost.iterations * factor), 2, cost.iterations)
  const left = (cost.memoryKib * cost.iterations * factor) / iterations
  return { ...cost, iterations, memoryKib: clamp(roundToMib(left), 19_456, cost.memoryKib) }
}

function adviceFor(cost: Cost, took: number, better: Cost): string {
  const { memoryKib, iterations } = better
  if (memoryKib === cost.memoryKib && iterations === cost.iterations) {
    return 'the parameters are at their bound: give the server a faster machine'
  }
  const work = (memoryKib * iterations) / (cost.memoryKib * cost.iterations)
  const values = `COUNTERSIGN_PASSWORD_MEMORY_KIB=${memoryKib} and COUNTERSIGN_PASSWORD_ITERATIONS=${iterations}`
  return `set ${values}, which takes about ${Math.round(took * work)} ms`
}

function roundToMib(kib: number): number {
  return Math.max(1, Math.round(kib / 1024)) * 1024
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}

const CHECK = 'password cost'
const FASTEST_MS = 30
const SLOWEST_MS = 1000
/** OWASP password storage cheat sheet: less than a second; nobody notices a fifth of it. */
const TARGET_MS = 200
/** More would let few sign-ins exhaust the memory of an ordinary machine. */
const LARGEST_ADVICE_KIB = 262_144
