import { toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { CredentialChangePort } from '../identity/index.ts'

/**
 * A sign-in that waits for its next step began with what was true before the change: it has to begin
 * again. Step-ups end with their session.
 */
export const endPendingSteps: CredentialChangePort = {
  credentialChanged: async (tx, { clock }, userId) => {
    await tx.run(sql`
      UPDATE sign_in_challenges SET consumed_at = ${clock.now()}
       WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
         AND consumed_at IS NULL`)
  },
}
