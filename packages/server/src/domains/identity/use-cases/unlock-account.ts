import { fromUuid, type RequestContext, type Secret } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { consume } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import { UNLOCK_LIFETIME } from '../limits.ts'
import { lockUser } from '../store.ts'
import { demandCaptcha } from './demand-captcha.ts'
import { requestToken } from './request-token.ts'

/**
 * Sends a token that ends the delay after failed sign-ins, if the address has an active user. It is
 * not looked at whether there is a delay: the message would tell, and so would the time it takes.
 * @param captcha see `demandCaptcha`
 * @throws email_invalid, captcha_required
 */
export async function requestUnlock(
  deps: IdentityDependencies,
  context: RequestContext,
  email: string,
  captcha?: string,
): Promise<void> {
  await demandCaptcha(deps, context, { purpose: 'unlock', payload: captcha, action: REQUESTED })
  await requestToken(deps, context, {
    email,
    purpose: 'unlock',
    lifetime: UNLOCK_LIFETIME,
    kind: 'unlock_account',
    action: REQUESTED,
    isEligible: (user) => user.status === 'active',
  })
}

/**
 * Ends the delay of an account. The counters of sources stay: a machine that tries many accounts
 * must not wash itself clean with one that it owns.
 * @throws token_invalid for every reason alike
 */
export async function unlockAccount(
  { database, guesses }: IdentityDependencies,
  context: RequestContext,
  token: Secret<string>,
): Promise<void> {
  const now = context.clock.now()
  const hash = sha256(token.reveal())
  const isUnlocked = await database.withTenant(context.tenant.id, async (tx) => {
    const consumed = await consume(tx, 'unlock', hash, now)
    if (consumed === undefined) return false
    const userId = fromUuid('usr', consumed.subject)
    const user = await lockUser(tx, userId)
    // Bound to the address that it was sent to, and worth nothing after it was changed.
    if (user?.status !== 'active' || user.emailKey !== consumed.payload) return false
    await tx.run(guesses.unlock(context, user.emailKey))
    await record(tx, context, {
      action: 'user.unlocked',
      outcome: 'success',
      actor: { userId },
      target: { kind: 'user', id: userId },
    })
    return true
  })
  if (isUnlocked) return
  await recordRefusal(database, context, { action: 'user.unlock_refused' })
  throw identityErrors.token_invalid()
}

const REQUESTED = 'user.unlock_requested'
