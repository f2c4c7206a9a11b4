import { newId, type RequestContext, toUuid, type UserId } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { passwordRulesOf } from '../password-profiles.ts'
import { forgetPasswords, insertEarlierPassword } from '../store.ts'

/**
 * Keeps the hash that was just replaced, and forgets those that the profile does not ask for any
 * more. Runs in the transaction of the change, after it.
 */
export async function rememberPassword(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
  replaced: string | undefined,
): Promise<void> {
  const { rememberedPasswords } = passwordRulesOf(context.tenant.policy)
  if (rememberedPasswords > 0 && replaced !== undefined) {
    const id = toUuid(newId('pwh'))
    await insertEarlierPassword(tx, userId, { id, hash: replaced, now: context.clock.now() })
  }
  await forgetPasswords(tx, userId, rememberedPasswords)
}
