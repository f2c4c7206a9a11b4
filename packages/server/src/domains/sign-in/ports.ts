import type { RequestContext, Secret, SessionId, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'

/** The message that a sign-in by mail consists of. */
export interface EmailSignInMessage {
  readonly kind: 'link' | 'code'
  /** In canonical form. */
  readonly to: string
  /** Token of the link, or the digits of the code. */
  readonly secret: Secret<string>
  readonly expiresAt: Date
  /** BCP 47. */
  readonly locale: string | undefined
}

/**
 * What clients were allowed in a session goes on in the one that takes its place: the user has signed
 * in again in the same browser, and has signed out of nothing.
 */
export interface SessionReplacementPort {
  sessionReplaced(
    tx: Tx,
    replacement: { readonly userId: UserId; readonly from: SessionId; readonly to: SessionId },
  ): Promise<void>
}

/** Queues a message in the transaction that makes its secret; delivery comes later. */
export interface EmailSignInMessagePort {
  send(tx: Tx, context: RequestContext, message: EmailSignInMessage): Promise<void>
}
