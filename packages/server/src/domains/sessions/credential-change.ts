import type { RequestContext, SessionId, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { endSessionsWithin } from './end-sessions.ts'

/** The shape of the port that the identity domain declares for whoever keeps sessions. */
export interface CredentialChange {
  credentialChanged(
    tx: Tx,
    context: RequestContext,
    userId: UserId,
    reason: 'password_changed' | 'password_reset' | 'user_suspended' | 'email_changed',
    keepSession?: SessionId,
  ): Promise<void>
}

/**
 * INVARIANT I4: when the change of a credential commits, every session that was signed in with
 * the old one has ended, and with it its refresh tokens. `keepSession` is that of the user who
 * makes the change.
 */
export const credentialChange: CredentialChange = {
  credentialChanged: (tx, context, userId, reason, keepSession) =>
    endSessionsWithin(tx, context, { userId, reason, keep: keepSession }),
}
