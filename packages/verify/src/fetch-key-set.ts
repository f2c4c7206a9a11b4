import type { SigningAlgorithm } from './algorithms.ts'
import { parseKeySet } from './key-set.ts'
import type { KeySet } from './key-set.ts'
import { parseStrictJson } from './strict-json.ts'

/** The part of the global `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface FetchKeySetOptions {
  readonly fetch: Fetch
  readonly timeoutMilliseconds: number
  readonly algorithms: readonly SigningAlgorithm[]
}

/** `absent`: the server answered that there is no such key set (404 or 410). */
export type FetchedKeySet =
  | { readonly kind: 'found'; readonly keys: KeySet }
  | { readonly kind: 'absent' }

/**
 * Fetches and reads a JWK Set; rejects for any answer that is neither a key set nor its absence.
 *
 * @see RFC 7517 §5, RFC 8725 §3.10 (no redirects, bounded)
 */
export async function fetchKeySet(
  uri: string,
  options: FetchKeySetOptions,
  previous?: KeySet,
): Promise<FetchedKeySet> {
  const response = await options.fetch(uri, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(options.timeoutMilliseconds),
  })
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel()
    return { kind: 'absent' }
  }
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`the key set was answered with status ${response.status}`)
  }
  const document = parseStrictJson(await readCapped(response), { maxDepth: 8 })
  return { kind: 'found', keys: parseKeySet(document, options.algorithms, previous) }
}

// SECURITY: memory. The length is counted while reading, because a header may lie or be missing.
async function readCapped(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_KEY_SET_BYTES) throw new Error('the key set is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** 256 KiB: about a thousand elliptic-curve keys. */
const MAX_KEY_SET_BYTES = 256 * 1024
