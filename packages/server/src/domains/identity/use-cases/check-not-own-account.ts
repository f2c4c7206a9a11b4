import type { RequestContext, UserId } from '../../../kernel/index.ts'
import { identityErrors } from '../errors.ts'

/**
 * A tenant must not lose its last administrator by a slip of the hand.
 * @throws own_account
 */
export function checkNotOwnAccount(context: RequestContext, userId: UserId): void {
  if (context.principal?.userId === userId) throw identityErrors.own_account()
}
