import type { RequestContext, Secret } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { StoredKind } from './model.ts'

export interface FactorMessage {
  readonly kind:
    | 'factor_added'
    | 'factor_removed'
    | 'backup_codes_made'
    | 'backup_code_used'
    | 'clone_suspected'
  /** Of `factor_added`; undefined: of no particular kind. */
  readonly factor?: StoredKind | undefined
  /** In canonical form. */
  readonly to: string
  /** BCP 47. */
  readonly locale: string | undefined
}

/** Queues a message in the transaction of the change that causes it. */
export interface FactorMessagePort {
  send(tx: Tx, context: RequestContext, message: FactorMessage): Promise<void>
}

export interface SmsCodeMessage {
  /** In international form. */
  readonly to: string
  readonly code: Secret<string>
  readonly expiresAt: Date
  /** BCP 47. */
  readonly locale: string | undefined
}

/** Queues an SMS in the transaction that makes its code; delivery comes later. */
export interface SmsCodePort {
  send(tx: Tx, context: RequestContext, message: SmsCodeMessage): Promise<void>
}

export interface GuessReservation {
  readonly blocked: boolean
}

/**
 * Counts wrong codes of an account together with its wrong passwords, so that whoever knows the
 * password can't try codes without end. `account` is the canonical address.
 */
export interface FactorGuessPort {
  /** Counts one attempt before it is judged. `blocked`: refuse it whatever the code is. */
  reserve(context: RequestContext, account: string): Promise<GuessReservation>
  /** The attempt was no wrong guess: gives it back. */
  refund(context: RequestContext, account: string, reservation: GuessReservation): Promise<void>
}
