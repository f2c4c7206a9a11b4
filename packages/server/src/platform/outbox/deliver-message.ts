import { addDuration, type AppError, type Clock } from '../../kernel/index.ts'
import type { Sealer } from '../crypto/index.ts'
import type { Database } from '../db/index.ts'
import { MailSendError, type MailTransport } from '../mail/index.ts'
import { CLAIM_LIFETIME } from './policy.ts'
import { SmsSendError, type SmsTransport } from '../sms/index.ts'
import { type OutboxMessage, type OutboxRef, unsealMessage } from './sealed-message.ts'
import {
  claimOutboxRow,
  findOutboxState,
  markAbandoned,
  markDelivered,
  releaseClaim,
} from './store.ts'

export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** It was refused for good, or has expired; the row is erased. */
  | { readonly kind: 'refused'; readonly cause: unknown }
  /** To be tried again. */
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'claimed_elsewhere' }
  | { readonly kind: 'settled_before' }
  /** Not committed yet, or rolled back, or long gone. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'tenant_suspended' }

export interface DeliveryOptions {
  readonly database: Database
  readonly sealer: Sealer
  readonly transport: MailTransport
  /** undefined: nobody delivers SMS; one that waits is given up. */
  readonly sms?: SmsTransport | undefined
  readonly clock: Clock
}

/**
 * Claims the message, sends it outside of any transaction, and notes that.
 * NOTE: at least once. A process that ends between the sending and the note leaves a claim that
 * runs out, and the message is sent again: twice is better than never, and a token still works once.
 */
export async function deliverMessage(
  options: DeliveryOptions,
  ref: OutboxRef,
): Promise<DeliveryOutcome> {
  const { database, clock } = options
  const now = clock.now()
  const until = addDuration(now, CLAIM_LIFETIME)
  const claim = claimOutboxRow(ref.id, { now, until })
  try {
    const [claimed, states] = await database.tenantBatch(ref.tenantId, [
      claim,
      findOutboxState(ref.id),
    ])
    if (claimed[0] !== undefined) return await send(options, ref, { ...claimed[0], until })
    if (states[0] === undefined) return { kind: 'absent' }
    return { kind: states[0].settled ? 'settled_before' : 'claimed_elsewhere' }
  } catch (error) {
    if (isCode(error, 'tenant_suspended')) return { kind: 'tenant_suspended' }
    if (isCode(error, 'tenant_not_found')) return { kind: 'absent' }
    throw error
  }
}

interface Claimed {
  readonly kind: OutboxMessage['kind']
  readonly sealed: Buffer
  readonly until: Date
}

async function send(
  options: DeliveryOptions,
  ref: OutboxRef,
  { until, ...row }: Claimed,
): Promise<DeliveryOutcome> {
  const { database, sealer, clock } = options
  try {
    await transmit(options, unsealMessage(sealer, ref, row))
  } catch (cause) {
    if (isPermanent(cause)) {
      await database.tenantBatch(ref.tenantId, [markAbandoned(ref.id, clock.now())])
      return { kind: 'refused', cause }
    }
    await database.tenantBatch(ref.tenantId, [releaseClaim(ref.id, until)])
    return { kind: 'failed', cause }
  }
  await database.tenantBatch(ref.tenantId, [markDelivered(ref.id, clock.now())])
  return { kind: 'delivered' }
}

async function transmit(
  { transport, sms, clock }: DeliveryOptions,
  message: OutboxMessage,
): Promise<void> {
  if (message.kind === 'mail') return transport.send(message.mail)
  const { expiresAt, ...content } = message.sms
  // A code that has expired helps nobody, and costs.
  const reason = sms === undefined ? 'no provider' : 'expired'
  if (sms === undefined || new Date(expiresAt) <= clock.now()) {
    throw new SmsSendError(true, new Error(reason))
  }
  return sms.send(content)
}

function isPermanent(cause: unknown): boolean {
  return (cause instanceof MailSendError || cause instanceof SmsSendError) && cause.permanent
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as Partial<AppError>).code === code
}
