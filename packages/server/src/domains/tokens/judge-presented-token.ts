import type { RequestContext } from '../../kernel/index.ts'
import type { Database, Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import {
  isDeviceDemanded,
  isWithinGrace,
  type RefusalReason,
  type RotationOutcome,
} from './model.ts'
import { formatRefreshToken, type RefreshToken } from './refresh-token-format.ts'
import { openSuccessor } from './sealed-successor.ts'
import {
  endFamily,
  findPresentedToken,
  type PresentedToken,
  type StoredSuccessor,
} from './store.ts'

/** It can be claimed after all: its session was being changed when that was tried. */
export interface Claimable {
  readonly kind: 'claimable'
}

/**
 * Decides about a token that could not be claimed: the same successor again, or a refusal.
 * It returns and never throws a refusal, because throwing would roll back the end of the family.
 */
export function judgePresentedToken(
  database: Database,
  context: RequestContext,
  token: RefreshToken,
): Promise<RotationOutcome | Claimable> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const now = context.clock.now()
    const device = context.source.device?.hash
    const found = await findPresentedToken(tx, token, { now, device })
    // Attack: guessing ids to end other people's sessions. Without the secret nothing ends.
    if (found === undefined) return refuse(tx, context, { token, reason: 'unknown' })
    const isExpired = found.expiresAt <= now
    const { policy } = context.tenant
    if (found.isForeignDevice && !isExpired && isDeviceDemanded(policy)) {
      return endStolenFamily(tx, context, { token, found })
    }
    if (found.consumedAt !== undefined) {
      const successor = findRepeatable(found, found.consumedAt, context)
      if (successor !== undefined) return repeat(tx, context, { token, found, successor })
      return endReusedFamily(tx, context, { token, found })
    }
    if (found.session !== undefined && !isExpired) return { kind: 'claimable' }
    return refuse(tx, context, { token, found, reason: isExpired ? 'expired' : 'session_over' })
  })
}

/**
 * The successor that a repeated request may have again: of the immediate parent, within the
 * grace, and only as long as nobody has used the successor itself.
 */
function findRepeatable(
  found: PresentedToken,
  consumedAt: Date,
  { clock, tenant }: RequestContext,
): StoredSuccessor | undefined {
  if (!isWithinGrace(consumedAt, clock.now(), tenant.policy.refreshGrace)) return undefined
  return found.successor?.consumedAt === undefined ? found.successor : undefined
}

interface Judged {
  readonly token: RefreshToken
  readonly found: PresentedToken
}

async function repeat(
  tx: Tx,
  context: RequestContext,
  { token, found, successor }: Judged & { readonly successor: StoredSuccessor },
): Promise<RotationOutcome> {
  const { session } = found
  if (session === undefined) return refuse(tx, context, { token, found, reason: 'session_over' })
  const secret = openSuccessor(context.tenant.id, token, successor.sealed)
  await record(tx, context, {
    action: 'session.refresh_repeated',
    outcome: 'success',
    actor: { userId: session.userId },
    target: { kind: 'session', id: session.sessionId },
    sessionId: session.sessionId,
  })
  return {
    kind: 'rotated',
    refreshToken: formatRefreshToken({ id: successor.id, secret }),
    expiresAt: successor.expiresAt,
    session,
  }
}

/**
 * RFC 9700 §4.14.2: two parties hold the token, and which of them is the thief can't be told, so
 * both lose: the session ends, and with it every token of the family.
 */
async function endReusedFamily(
  tx: Tx,
  context: RequestContext,
  { token, found }: Judged,
): Promise<RotationOutcome> {
  const ended = await endFamily(tx, found.sessionId, {
    now: context.clock.now(),
    reason: 'refresh_token_reuse',
  })
  if (!ended) return refuse(tx, context, { token, found, reason: 'session_over' })
  await record(tx, context, {
    action: 'session.reuse_detected',
    outcome: 'refused',
    target: { kind: 'session', id: found.sessionId },
    sessionId: found.sessionId,
    details: { refresh_token: token.id },
  })
  return { kind: 'refused', reason: 'reused' }
}

/**
 * The session has seen its device, and somebody else holds its token: it was copied out of the
 * browser. Its owner signs in again, and the copy is worth nothing. A token that was used before,
 * and would be given its successor again within the grace, ends the session just the same.
 */
async function endStolenFamily(
  tx: Tx,
  context: RequestContext,
  { token, found }: Judged,
): Promise<RotationOutcome> {
  const ending = { now: context.clock.now(), reason: 'device_mismatch' } as const
  const ended = await endFamily(tx, found.sessionId, ending)
  if (!ended) return refuse(tx, context, { token, found, reason: 'session_over' })
  await record(tx, context, {
    action: 'session.device_mismatch',
    outcome: 'refused',
    target: { kind: 'session', id: found.sessionId },
    sessionId: found.sessionId,
    details: { refresh_token: token.id, presented: presentedDevice(context) },
  })
  return { kind: 'refused', reason: 'device_mismatch' }
}

function presentedDevice({ source }: RequestContext): 'none' | 'another' {
  return source.device === undefined ? 'none' : 'another'
}

async function refuse(
  tx: Tx,
  context: RequestContext,
  refusal: {
    readonly token: RefreshToken
    readonly found?: PresentedToken
    readonly reason: RefusalReason
  },
): Promise<RotationOutcome> {
  const { token, found, reason } = refusal
  await record(tx, context, {
    action: 'session.refresh_refused',
    outcome: 'refused',
    ...(found === undefined ? {} : { sessionId: found.sessionId }),
    details: { reason, refresh_token: token.id },
  })
  return { kind: 'refused', reason }
}
