import { endDeviceTrust } from '../devices/index.ts'
import type { CredentialChangePort } from '../identity/index.ts'
import { endSessionsWithin } from './end-sessions.ts'

/**
 * INVARIANT I4: when the change of a credential commits, every session that was signed in with
 * the old one has ended, and with it its refresh tokens, and no device is trusted any more, not even
 * the one that makes the change. `keepSession` is that of the user who makes it.
 */
export const credentialChange: CredentialChangePort = {
  credentialChanged: async (tx, context, ...[userId, reason, keep]) => {
    // The devices before the sessions, as a sign-in locks them.
    await endDeviceTrust(tx, context, { userId, reason })
    await endSessionsWithin(tx, context, { userId, reason, keep })
  },
}
