import { randomUUID } from 'node:crypto'
import { addDuration, milliseconds, type UserContext } from '../../kernel/index.ts'
import { type Sealer, sha256 } from '../crypto/index.ts'
import { type Database, sqlState } from '../db/index.ts'
import { idempotencyErrors } from './errors.ts'
import { CLAIM_LIFETIME } from './policy.ts'
import {
  isSameContent,
  type KeptAnswer,
  openAnswer,
  sealAnswer,
  type SealedRequest,
  sealFingerprint,
} from './sealed-request.ts'
import { claimKey, findRequest, releaseKey, type RequestRow, storeAnswer } from './store.ts'

export interface IdempotencyServices {
  readonly database: Database
  readonly sealer: Sealer
  /** The change is made and answered, but it can't be answered again. */
  readonly onAnswerLost: (error: unknown) => void
}

export interface RequestWithKey {
  readonly routeId: string
  readonly key: string
  /** All of what was asked: path parameters, query and body. */
  readonly content: unknown
}

export interface AnswerOfOnce<Answer> {
  readonly answer: Answer | KeptAnswer
  readonly isReplayed: boolean
}

/**
 * Runs `work` once for a key, however often and however much at once it is sent, and gives everybody
 * else its answer. `work` must change nothing but with the context that it gets.
 *
 * INVARIANT: nothing is done twice (I2). Three commits: the claim; the change, with which its audit
 * event marks the claim; the answer. Who dies before the second has changed nothing, and the key is
 * free a minute later; who goes on nevertheless finds the claim gone, so that the change rolls back.
 * Who dies between the second and the third leaves a change without its answer, and the key says so.
 *
 * @throws idempotency_key_in_use, idempotency_answer_lost, idempotency_key_reused, and what `work`
 * throws, which changed nothing and frees the key
 */
export async function answerOnce<Answer extends KeptAnswer>(
  services: IdempotencyServices,
  context: UserContext,
  { routeId, key, content }: RequestWithKey,
  work: (context: UserContext) => Promise<Answer>,
): Promise<AnswerOfOnce<Answer>> {
  const { userId } = context.principal
  const request = { tenantId: context.tenant.id, userId, routeId, keyHash: sha256(key) }
  const claimId = randomUUID()
  const before = await claim(services, context, { request, content, claimId })
  if (before !== undefined) {
    return { answer: replay(services, context, { request, content, before }), isReplayed: true }
  }
  const answer = await runClaimed(services, context, claimId, work)
  await keepAnswer(services, context, { request, claimId, answer })
  return { answer, isReplayed: false }
}

/** @returns undefined if the claim is ours, else what became of the request that has the key. */
async function claim(
  { database, sealer }: IdempotencyServices,
  { tenant, clock }: UserContext,
  asked: { readonly request: SealedRequest; readonly content: unknown; readonly claimId: string },
): Promise<RequestRow | undefined> {
  const { request, content, claimId } = asked
  const fingerprint = sealFingerprint(sealer, request, content)
  const [claimed, found] = await database.tenantBatch(tenant.id, [
    claimKey(request, { id: claimId, fingerprint, now: clock.now() }),
    findRequest(request),
  ])
  if (claimed.length > 0) return undefined
  // It was there, and was released in between.
  if (found[0] === undefined) throw keyInUse()
  return found[0]
}

function replay(
  { sealer }: IdempotencyServices,
  { clock }: UserContext,
  asked: {
    readonly request: SealedRequest
    readonly content: unknown
    readonly before: RequestRow
  },
): KeptAnswer {
  const { request, content, before } = asked
  const isSame = isSameContent(sealer, request, { sealed: before.fingerprint_sealed, content })
  if (isSame === false) throw idempotencyErrors.idempotency_key_reused()
  if (before.answer_sealed !== null) {
    const kept = openAnswer(sealer, request, before.answer_sealed)
    if (kept !== undefined && isSame === true) return kept
    throw idempotencyErrors.idempotency_answer_lost({ internal: 'sealed under a key that is gone' })
  }
  // Until then the first request may still be about to keep its answer.
  const isOver = addDuration(before.claimed_at, CLAIM_LIFETIME) <= clock.now()
  throw isOver && before.changed_at !== null
    ? idempotencyErrors.idempotency_answer_lost()
    : keyInUse()
}

async function runClaimed<Answer>(
  { database }: IdempotencyServices,
  context: UserContext,
  claimId: string,
  work: (context: UserContext) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work(Object.freeze({ ...context, claim: { id: claimId } }))
  } catch (error) {
    // If this fails too, the claim ends by its age.
    await database.tenantBatch(context.tenant.id, [releaseKey(claimId)]).catch(() => undefined)
    if (sqlState(error) === CLAIM_OVER) throw keyInUse(error)
    throw error
  }
}

/** The change is committed, so its answer is true, whether or not it can be kept. */
async function keepAnswer(
  { database, sealer, onAnswerLost }: IdempotencyServices,
  { tenant }: UserContext,
  kept: {
    readonly request: SealedRequest
    readonly claimId: string
    readonly answer: KeptAnswer
  },
): Promise<void> {
  const sealed = sealAnswer(sealer, kept.request, kept.answer)
  await database
    .tenantBatch(tenant.id, [storeAnswer(kept.claimId, sealed)])
    .catch((error: unknown) => onAnswerLost(error))
}

function keyInUse(cause?: unknown) {
  return idempotencyErrors.idempotency_key_in_use({ cause, retryAfter: RETRY_AFTER })
}

/** Raised by `note_idempotent_change()`. */
const CLAIM_OVER = 'CS003'
const RETRY_AFTER = milliseconds(1000)
