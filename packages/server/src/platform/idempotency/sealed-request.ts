import { sha256 } from '../crypto/index.ts'
import { type Sealer, type SealPurpose, UnsealError } from '../crypto/index.ts'
import { canonicalJson } from './canonical-json.ts'
import type { KeyedRequest } from './store.ts'

/** What a route answered, as far as it is answered again. Cookies are not: no such route sets any. */
export interface KeptAnswer {
  readonly status: number
  readonly entityTag?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * SECURITY: what was asked may hold a password that somebody chose, and a bare hash of it could be
 * guessed at from a copy of the database, past Argon2. So the fingerprint is sealed.
 */
export function sealFingerprint(sealer: Sealer, request: SealedRequest, content: unknown): Buffer {
  return sealer.seal(fingerprintOf(content), purposeOf(request, 'idempotent_request'))
}

/** undefined: it can't be told, because the master key that sealed it is gone. */
export function isSameContent(
  sealer: Sealer,
  request: SealedRequest,
  { sealed, content }: { readonly sealed: Buffer; readonly content: unknown },
): boolean | undefined {
  const fingerprint = unseal(sealer, sealed, purposeOf(request, 'idempotent_request'))
  return fingerprint?.equals(fingerprintOf(content))
}

export function sealAnswer(sealer: Sealer, request: SealedRequest, answer: KeptAnswer): Buffer {
  const { status, entityTag, body, headers } = answer
  const text = JSON.stringify({ status, entityTag, body, headers })
  return sealer.seal(text, purposeOf(request, 'idempotent_answer'))
}

/** undefined: the master key that sealed it is gone. */
export function openAnswer(
  sealer: Sealer,
  request: SealedRequest,
  sealed: Buffer,
): KeptAnswer | undefined {
  const text = unseal(sealer, sealed, purposeOf(request, 'idempotent_answer'))?.toString()
  return text === undefined ? undefined : (JSON.parse(text) as KeptAnswer)
}

export type SealedRequest = KeyedRequest & { readonly tenantId: string }

function unseal(sealer: Sealer, sealed: Buffer, purpose: SealPurpose): Buffer | undefined {
  try {
    return sealer.unseal(sealed, purpose)
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}

/** SECURITY: a row that is copied to another user, tenant, route or key opens for nobody. */
function purposeOf({ tenantId, userId, routeId, keyHash }: SealedRequest, purpose: string) {
  const subject = [userId, routeId, keyHash.toString('hex')].join('|')
  return { purpose, tenant: tenantId, subject }
}

function fingerprintOf(content: unknown): Buffer {
  return sha256(canonicalJson(content))
}
