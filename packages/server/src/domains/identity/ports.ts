import type { RequestContext, Secret, SessionId, UserId } from '../../kernel/index.ts'
import type { CaptchaPurpose } from '../../platform/captcha/index.ts'
import type { Statement, Tx } from '../../platform/db/index.ts'

export type CredentialChangeReason =
  | 'password_changed'
  | 'password_reset'
  | 'password_reset_demanded'
  | 'user_suspended'
  | 'email_changed'
  | 'factor_removed'

/**
 * Called in the transaction that changes a credential. Must end every session of the user, and so
 * every refresh token, except `keepSession`.
 */
/** Says how likely it is that an account is made to do harm. Never throws. */
export interface RegistrationRiskPort {
  assessRegistration(context: RequestContext): Promise<{
    readonly level: 'low' | 'medium' | 'high'
    /** For the audit trail; never for the caller. */
    readonly reasons: readonly string[]
  }>
}

/** What a name resembles. */
export interface NameHits {
  /** Ids of entries of the list; at least one. */
  readonly entries: readonly string[]
  /** Whether the user may not act before somebody has decided. */
  readonly suspends: boolean
}

/** Compares names of users with the sanctions list, where the tenant wants it. */
export interface NameScreeningPort {
  /**
   * Before the transaction. undefined: there is nothing to keep.
   * @throws name_screening_unavailable if nobody can tell: the change is refused
   */
  screen(context: RequestContext, name: string): Promise<NameHits | undefined>
  /** In the transaction that makes the user; waits for no statement. */
  keepForNew(tx: Tx, context: RequestContext, userId: UserId, hits: NameHits): Promise<void>
  /** In the transaction of the change; answers whether any of them waits for a decision. */
  keep(tx: Tx, context: RequestContext, userId: UserId, hits: NameHits): Promise<boolean>
  /** In a transaction that has locked the user: may not act before somebody has decided. */
  holds(tx: Tx, context: RequestContext, userId: UserId): Promise<boolean>
}

export interface CredentialChangePort {
  credentialChanged(
    tx: Tx,
    context: RequestContext,
    userId: UserId,
    reason: CredentialChangeReason,
    keepSession?: SessionId,
  ): Promise<void>
}

export interface IdentityMessage {
  readonly kind:
    | 'verify_email'
    | 'already_registered'
    | 'reset_password'
    | 'unlock_account'
    | 'password_changed'
    | 'invitation'
    | 'confirm_email_change'
    | 'email_in_use'
    | 'email_change_requested'
    | 'email_changed'
    | 'email_change_undone'
  /** In canonical form. */
  readonly to: string
  readonly token?: Secret<string>
  readonly expiresAt?: Date
  /** BCP 47. */
  readonly locale?: string
}

/** Queues a message in the transaction of the change that causes it; delivery comes later. */
export interface MessagePort {
  send(tx: Tx, context: RequestContext, message: IdentityMessage): Promise<void>
}

export interface GuessReservation {
  readonly blocked: boolean
}

/**
 * Counts wrong passwords of an account together with those of sign-in, so that a stolen session is
 * no way around the delay. `account` is the canonical address.
 */
export interface GuessCounterPort {
  /** Counts one attempt before it is judged. `blocked`: refuse it whatever the password is. */
  reserve(context: RequestContext, account: string): Promise<GuessReservation>
  /** The attempt was no wrong guess: gives it back, and the delay that it imposed. */
  refund(context: RequestContext, account: string, reservation: GuessReservation): Promise<void>
  /** Forgets the failures of the account; runs in the transaction of the reset. */
  clear(context: RequestContext, account: string): Statement
  /** Forgets the failures of the account, from wherever they came; those of sources stay. */
  unlock(context: RequestContext, account: string): Statement
}

/**
 * Whether a password is known from a breach. If it can't tell, it throws: nothing is assumed here;
 * what follows is decided in `isPasswordBreached`.
 */
export interface BreachedPasswordsPort {
  isBreached(password: Secret<string>): Promise<boolean>
}

/** Whether a challenge was solved, for this purpose and for the first time. */
export interface CaptchaPort {
  isSolved(
    context: RequestContext,
    purpose: CaptchaPurpose,
    payload: string | undefined,
  ): Promise<boolean>
}
