import { type RequestContext, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { accessErrors, administerUser } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { demandReplacement } from '../password-demand-store.ts'
import { lockUser } from '../store.ts'
import { checkNotOwnAccount } from './check-not-own-account.ts'
import { GIVEN_BEFORE } from './given-before.ts'
import { issueToken } from './issue-token.ts'
import { sendMessage } from './send-message.ts'

/**
 * An administrator has a user choose a new password. Neither the password nor the token is shown to
 * them: the message goes to the address of the account (ASVS 6.4.6).
 * @throws user_not_found, own_account, user_exceeds_own_permissions
 */
export async function demandPasswordReset(
  deps: IdentityDependencies,
  context: RequestContext,
  userId: UserId,
): Promise<void> {
  checkNotOwnAccount(context, userId)
  const demand = async (tx: Tx): Promise<void> => {
    const user = await lockUser(tx, userId)
    if (user === undefined) throw accessErrors.user_not_found()
    await demandReplacement(tx, userId, { by: 'administrator' })
    await deps.credentialChange.credentialChanged(tx, context, userId, 'password_reset_demanded')
    await withdrawSingleUse(tx, GIVEN_BEFORE, toUuid(userId), context.clock.now())
    if (user.status === 'active') {
      const lifetime = context.tenant.policy.passwordResetLifetime
      const issued = await issueToken(tx, context, user, { purpose: 'password_reset', lifetime })
      await sendMessage(deps, tx, context, { user, kind: 'reset_password', ...issued })
    }
    await record(tx, context, {
      action: 'user.password_reset_demanded',
      outcome: 'success',
      target: { kind: 'user', id: userId },
    })
  }
  await administerUser(deps.database, context, userId, demand)
}
