import { parentPort, workerData } from 'node:worker_threads'
import { createVerifier } from '@countersign/verify'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'

/** One core's part of `verify, every core busy`. */
const { library, jwks, tokens, seconds } = workerData as {
  readonly library: 'ours' | 'jose'
  readonly jwks: JSONWebKeySet
  readonly tokens: readonly string[]
  readonly seconds: number
}
const verify = library === 'ours' ? withOurs() : withJose()
await run(0.5)
parentPort?.postMessage(await run(seconds))

async function run(forSeconds: number): Promise<number> {
  const start = performance.now()
  let done = 0
  while (performance.now() - start < forSeconds * 1000) {
    await verify(tokens[done++ % tokens.length] ?? '')
  }
  return done / ((performance.now() - start) / 1000)
}

function withOurs(): (token: string) => Promise<unknown> {
  const issuer = 'https://id.example.test/t/a'
  const verifier = createVerifier({ issuer, audience: 'api', jwks: jwks as never, cacheSize: 0 })
  return (token) => verifier.verify(token)
}

function withJose(): (token: string) => Promise<unknown> {
  const keys = createLocalJWKSet(jwks)
  return (token) => jwtVerify(token, keys, { audience: 'api', algorithms: ['ES256'] })
}
