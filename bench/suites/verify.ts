import { createPublicKey, verify as verifySignature } from 'node:crypto'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { Worker } from 'node:worker_threads'
import { createVerifier } from '@countersign/verify'
import { createTestIssuer } from '@countersign/verify/testing'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { judge, type Measured } from '../lib/report.ts'

const SECONDS = 2

/** `@countersign/verify` against the bare signature check, and against jose. */
export async function benchVerify(): Promise<Measured[]> {
  const issuer = createTestIssuer({ issuer: 'https://id.example.test/t/a', audience: 'api' })
  const tokens = Array.from({ length: 500 }, () => issuer.sign())
  const cold = createVerifier({ ...issuer.verifierOptions, cacheSize: 0 })
  const cached = createVerifier(issuer.verifierOptions)
  const bare = bareVerifications(tokens, issuer.jwks)
  const keys = createLocalJWKSet(issuer.jwks as never)
  const withJose = (i: number) =>
    jwtVerify(tokens[i % tokens.length] ?? '', keys, { audience: 'api', algorithms: ['ES256'] })
  await rate((i) => cold.verify(tokens[i % tokens.length] ?? ''), 0.5)
  bareRate(bare, 0.5)
  await rate(withJose, 0.5)
  // Interleaved and repeated: neighbours on the machine then disturb all alike.
  const [raw, ours, jose] = [[] as number[], [] as number[], [] as number[]]
  for (let round = 0; round < 3; round++) {
    raw.push(bareRate(bare, SECONDS))
    ours.push(await rate((i) => cold.verify(tokens[i % tokens.length] ?? ''), SECONDS))
    jose.push(await rate(withJose, SECONDS))
  }
  const busy = await onEveryCore(issuer.jwks, tokens)
  const warm = await rate((i) => cached.verify(tokens[i % tokens.length] ?? ''), SECONDS)
  return [
    judge({
      name: 'verify, cold',
      what: 'verify an ES256 access token, cold',
      value: median(ours),
      unit: '/s',
      reference: median(raw),
      referenceName: 'bare crypto.verify',
      budget: { at_least: 0.8 },
    }),
    judge({
      name: 'verify, against jose',
      what: 'the same against jose, one at a time',
      value: median(ours),
      unit: '/s',
      reference: median(jose),
      referenceName: 'jose',
      budget: { at_least: 2 },
    }),
    judge({
      name: 'verify, every core busy',
      what: 'the same against jose, every core busy',
      value: busy.ours,
      unit: '/s',
      reference: busy.jose,
      referenceName: 'jose',
      budget: { at_least: 1.3 },
    }),
    judge({
      name: 'verify, cached',
      what: 'verify a token seen before',
      value: warm,
      unit: '/s',
      reference: 200_000,
      referenceName: 'fixed target',
      budget: { at_least: 1 },
    }),
  ]
}

/** One thread a core, each verifying one token after the other: first ours, then jose. */
async function onEveryCore(jwks: unknown, tokens: readonly string[]) {
  const total = { ours: 0, jose: 0 }
  for (const library of ['ours', 'jose'] as const) {
    const rates = await Promise.all(
      cpus().map(async () => {
        const workerData = { library, jwks, tokens, seconds: SECONDS }
        const worker = new Worker(new URL('../lib/verify-worker.ts', import.meta.url), {
          workerData,
        })
        const [perSecond] = (await once(worker, 'message')) as [number]
        await worker.terminate()
        return perSecond
      }),
    )
    total[library] = rates.reduce((sum, perSecond) => sum + perSecond, 0)
  }
  return total
}

interface Bare {
  readonly input: Buffer
  readonly signature: Buffer
}

function bareVerifications(tokens: readonly string[], jwks: { keys: readonly unknown[] }) {
  const key = createPublicKey({ key: jwks.keys[0] as never, format: 'jwk' })
  const pairs = tokens.map((token): Bare => {
    const end = token.lastIndexOf('.')
    const raw = Buffer.from(token.slice(end + 1), 'base64url')
    return { input: Buffer.from(token.slice(0, end)), signature: toDer(raw) }
  })
  return { key, pairs }
}

function bareRate({ key, pairs }: ReturnType<typeof bareVerifications>, seconds: number): number {
  const start = performance.now()
  let done = 0
  while (performance.now() - start < seconds * 1000) {
    const { input, signature } = pairs[done % pairs.length] as Bare
    if (!verifySignature('sha256', input, key, signature)) throw new Error('bad signature')
    done++
  }
  return done / ((performance.now() - start) / 1000)
}

async function rate(work: (i: number) => Promise<unknown>, seconds: number): Promise<number> {
  const start = performance.now()
  let done = 0
  while (performance.now() - start < seconds * 1000) await work(done++)
  return done / ((performance.now() - start) / 1000)
}

function toDer(raw: Buffer): Buffer {
  const integer = (bytes: Buffer) => {
    const trimmed = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
    const padded = (trimmed[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed
    return Buffer.concat([Buffer.of(2, padded.length), padded])
  }
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
