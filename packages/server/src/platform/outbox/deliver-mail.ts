import { addDuration, type AppError, type Clock } from '../../kernel/index.ts'
import type { Sealer } from '../crypto/index.ts'
import type { Database } from '../db/index.ts'
import { MailSendError, type MailTransport } from '../mail/index.ts'
import { CLAIM_LIFETIME } from './policy.ts'
import { type OutboxRef, unsealMail } from './sealed-mail.ts'
import {
  claimOutboxRow,
  findOutboxState,
  markAbandoned,
  markDelivered,
  releaseClaim,
} from './store.ts'

export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** The mail server refused it for good; the row is erased. */
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
  readonly clock: Clock
}

/**
 * Claims the mail, sends it outside of any transaction, and notes that.
 * NOTE: at least once. A process that ends between the sending and the note leaves a claim that
 * runs out, and the mail is sent again: twice is better than never, and a token still works once.
 */
export async function deliverMail(
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
    if (claimed[0] !== undefined)
      return await send(options, ref, { sealed: claimed[0].sealed, until })
    if (states[0] === undefined) return { kind: 'absent' }
    return { kind: states[0].settled ? 'settled_before' : 'claimed_elsewhere' }
  } catch (error) {
    if (isCode(error, 'tenant_suspended')) return { kind: 'tenant_suspended' }
    if (isCode(error, 'tenant_not_found')) return { kind: 'absent' }
    throw error
  }
}

async function send(
  { database, sealer, transport, clock }: DeliveryOptions,
  ref: OutboxRef,
  { sealed, until }: { readonly sealed: Buffer; readonly until: Date },
): Promise<DeliveryOutcome> {
  try {
    await transport.send(unsealMail(sealer, ref, sealed))
  } catch (cause) {
    if (cause instanceof MailSendError && cause.permanent) {
      await database.tenantBatch(ref.tenantId, [markAbandoned(ref.id, clock.now())])
      return { kind: 'refused', cause }
    }
    await database.tenantBatch(ref.tenantId, [releaseClaim(ref.id, until)])
    return { kind: 'failed', cause }
  }
  await database.tenantBatch(ref.tenantId, [markDelivered(ref.id, clock.now())])
  return { kind: 'delivered' }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as Partial<AppError>).code === code
}
