import type { CredentialChangePort } from '../identity/index.ts'
import { endSessionsWithin } from './end-sessions.ts'

/**
 * INVARIANT I4: when the change of a credential commits, every session that was signed in with
 * the old one has ended, and with it its refresh tokens. `keepSession` is that of the user who
 * makes the change.
 */
export const credentialChange: CredentialChangePort = {
  credentialChanged: (tx, context, ...[userId, reason, keep]) =>
    endSessionsWithin(tx, context, { userId, reason, keep }),
}
