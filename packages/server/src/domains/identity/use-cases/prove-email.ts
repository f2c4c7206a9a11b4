import type { RequestContext, UserId } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { proveEmailOf } from '../store.ts'

/** Does nothing for an address that was proven before. */
export async function proveEmail(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
  emailKey: string,
): Promise<void> {
  if (!(await proveEmailOf(tx, userId, emailKey, context.clock.now()))) return
  await record(tx, context, {
    action: 'user.email_verified',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'user', id: userId },
  })
}
