import {
  addDuration,
  type AppError,
  newId,
  type RequestContext,
  type TenantRef,
} from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { insertAuditEvent } from '../../audit/index.ts'
import type { ClientSubjects } from '../../oauth/index.ts'
import {
  claimStream,
  extendClaim,
  isStreamClaimed,
  noteError,
  noteFailure,
  releaseClaim,
} from '../claim-store.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import type { Signal, Stream, StreamRef } from '../model.ts'
import { CLAIM_LIFETIME, PAUSE_AFTER, PUSH_BATCH, retryDelay, RUN_LIMIT } from '../policy.ts'
import { deleteSignals, listSendable, toSignal } from '../signal-store.ts'
import { toStream } from '../stream-store.ts'
import { changeStatusWithin } from './change-status.ts'
import { enqueuePush } from './enqueue-push.ts'
import { explainSetError, type SetError } from './explain-set-error.ts'
import { sendSignal, type SendOutcome } from './send-signal.ts'

export type PushOutcome =
  /** Nothing waits any more, or another job goes on. */
  | { readonly kind: 'done'; readonly sent: number }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'claimed_elsewhere' }
  /** It waits for a repetition, is polled now, or is gone. */
  | { readonly kind: 'not_due' }
  | { readonly kind: 'tenant_suspended' }

/**
 * Pushes all that waits on a stream, in order. At least once: a process that ends between the
 * sending and the note leaves a claim that runs out, and the event goes out again under the same
 * `jti`.
 * @see RFC 8935
 */
export async function pushSignals(
  deps: SharedSignalDependencies,
  ref: StreamRef,
): Promise<PushOutcome> {
  const tenant = await deps.findTenant(ref.tenantId)
  if (tenant === undefined) return { kind: 'not_due' }
  try {
    return await pushFor(deps, systemContext(deps, tenant), ref)
  } catch (error) {
    const isSuspended = (error as Partial<AppError>).code === 'tenant_suspended'
    if (isSuspended) return { kind: 'tenant_suspended' }
    throw error
  }
}

async function pushFor(
  deps: SharedSignalDependencies,
  context: RequestContext,
  { streamId }: StreamRef,
): Promise<PushOutcome> {
  const { tenant, clock } = context
  const now = clock.now()
  const until = addDuration(now, CLAIM_LIFETIME)
  const [claimed, states] = await deps.database.tenantBatch(tenant.id, [
    claimStream(streamId, { now, until }),
    isStreamClaimed(streamId, now),
  ])
  const row = claimed[0]
  if (row === undefined) {
    return { kind: states[0]?.claimed === true ? 'claimed_elsewhere' : 'not_due' }
  }
  const stream = toStream(row)
  const subjects = await deps.oauth.findSubjects(context, stream.clientId)
  const claim: Claim = { stream, subjects, failures: row.failures, held: until, sent: 0 }
  return drain(deps, context, claim, addDuration(now, RUN_LIMIT))
}

interface Claim {
  readonly stream: Stream
  /** undefined: the client is gone or disabled, and hears nothing. */
  readonly subjects: ClientSubjects | undefined
  readonly failures: number
  /** The end of the claim, by which it is known. */
  readonly held: Date
  readonly sent: number
}

async function drain(
  deps: SharedSignalDependencies,
  context: RequestContext,
  begun: Claim,
  deadline: Date,
): Promise<PushOutcome> {
  const { tenant, clock } = context
  const { stream, subjects } = begun
  let claim = begun
  while (subjects !== undefined && clock.now() < deadline) {
    const [rows] = await deps.database.tenantBatch(tenant.id, [listSendable(stream.id, PUSH_BATCH)])
    if (rows.length === 0) break
    for (const signal of rows.map(toSignal)) {
      const outcome = await sendSignal(deps, context, { stream, subjects, signal })
      if (outcome.kind === 'failed') return fail(deps, context, claim, outcome.error)
      const held = await settle(deps, context, { claim, signal, outcome })
      // Another node took over, because this one was too slow, or the stream is another one now.
      if (held === undefined) return { kind: 'done', sent: claim.sent }
      claim = { ...claim, held, failures: 0, sent: claim.sent + 1 }
    }
  }
  return release(deps, context, claim)
}

interface Settlement {
  readonly claim: Claim
  readonly signal: Signal
  readonly outcome: Exclude<SendOutcome, { readonly kind: 'failed' }>
}

/** @returns the end of the claim from now on; undefined if it was lost */
async function settle(
  { database }: SharedSignalDependencies,
  context: RequestContext,
  { claim: { stream, held }, signal, outcome }: Settlement,
): Promise<Date | undefined> {
  const now = context.clock.now()
  // At least a millisecond later, so that this claim is not taken for the one before.
  const next = Math.max(addDuration(now, CLAIM_LIFETIME).getTime(), held.getTime() + 1)
  const until = new Date(next)
  const [extended] = await database.tenantBatch(context.tenant.id, [
    extendClaim(stream.id, { held, until, now }),
    deleteSignals(stream.id, [signal.id]),
    ...(outcome.kind === 'refused' ? noteRefusal(context, stream, signal, outcome.error) : []),
  ])
  return extended.length === 0 ? undefined : until
}

function noteRefusal(context: RequestContext, stream: Stream, signal: Signal, refusal: SetError) {
  const error = explainSetError(refusal)
  return [
    noteError(stream.id, { error, now: context.clock.now() }),
    insertAuditEvent(context, {
      action: 'signal_event.refused',
      outcome: 'success',
      target: { kind: 'signal_stream', id: stream.id },
      details: { client: stream.clientId, jti: signal.id, error },
    }),
  ]
}

/**
 * INVARIANT: what was committed before the claim is given back is seen here, and what is committed
 * after it has a job that finds the stream free; so nothing is left lying.
 */
async function release(
  deps: SharedSignalDependencies,
  { tenant }: RequestContext,
  { stream, held, sent, subjects }: Claim,
): Promise<PushOutcome> {
  await deps.database.withTenant(tenant.id, async (tx) => {
    await tx.run(releaseClaim(stream.id, held))
    if (subjects === undefined) return
    const left = await tx.run(listSendable(stream.id, 1))
    if (left.length > 0) await enqueuePush(deps, tx, { tenantId: tenant.id, streamId: stream.id })
  })
  return { kind: 'done', sent }
}

async function fail(
  deps: SharedSignalDependencies,
  context: RequestContext,
  { stream, held, failures }: Claim,
  error: string,
): Promise<PushOutcome> {
  const { tenant, clock } = context
  const now = clock.now()
  const delay = retryDelay(failures + 1, jitterOf(stream, failures))
  await deps.database.withTenant(tenant.id, async (tx) => {
    const failure = { held, error, retryAt: addDuration(now, delay), now }
    const noted = await tx.first(noteFailure(stream.id, failure))
    // The news that a stream is not enabled is tried once.
    if (noted?.status !== 'enabled') return
    if (addDuration(noted.failing_since, PAUSE_AFTER) > now) {
      return enqueuePush(deps, tx, { tenantId: tenant.id, streamId: stream.id }, delay)
    }
    const change = { status: 'paused', reason: 'delivery_failed', by: 'transmitter' } as const
    await changeStatusWithin(deps, tx, context, { stream, ...change })
  })
  return { kind: 'failed', error }
}

/** 0 to 1, another one for each stream and each attempt. */
function jitterOf({ id }: Stream, failures: number): number {
  return sha256(`${id}|${failures}`).readUInt16BE(0) / 0xffff
}

function systemContext(
  { clock }: Pick<SharedSignalDependencies, 'clock'>,
  tenant: TenantRef,
): RequestContext {
  const source = { ip: 'internal', userAgent: undefined }
  return { requestId: newId('req'), tenant, principal: undefined, source, clock }
}
