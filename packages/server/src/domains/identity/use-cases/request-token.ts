import {
  addDuration,
  type Duration,
  milliseconds,
  newId,
  type RequestContext,
  toUuid,
} from '../../../kernel/index.ts'
import type { SingleUsePurpose, Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { MESSAGE_PAUSE, MESSAGE_WINDOW, MESSAGES_PER_WINDOW } from '../limits.ts'
import type { User } from '../model.ts'
import { parseEmail } from '../parse-email.ts'
import { countSent, lockUserByEmail, standInForWrite } from '../store.ts'
import { issueToken } from './issue-token.ts'
import { sendMessage } from './send-message.ts'

/** A message with a token that anyone may ask for, for any address. */
export interface TokenRequest {
  readonly email: string
  readonly purpose: SingleUsePurpose
  readonly lifetime: Duration
  readonly kind: 'verify_email' | 'reset_password' | 'unlock_account'
  readonly action: string
  readonly isEligible: (user: User) => boolean
}

/**
 * SECURITY: account enumeration. It returns nothing, and every address takes as many round trips;
 * the message leaves later, through the outbox.
 * @throws email_invalid
 */
export async function requestToken(
  deps: IdentityDependencies,
  context: RequestContext,
  request: TokenRequest,
): Promise<void> {
  const emailKey = parseEmail(request.email)
  await deps.database.withTenant(context.tenant.id, async (tx) => {
    const user = await lockUserByEmail(tx, emailKey)
    const userId = user?.id ?? newId('usr')
    const isPaused = await hasEnoughMessages(tx, context, request.purpose, toUuid(userId))
    if (user !== undefined && request.isEligible(user) && !isPaused) {
      const issued = await issueToken(tx, context, user, request)
      await sendMessage(deps, tx, context, { user, kind: request.kind, ...issued })
      await record(tx, context, { ...entryFor(request, user), outcome: 'success' })
      return
    }
    for (let writes = 0; writes < 3; writes++) {
      await standInForWrite(tx, toUuid(userId), context.clock.now())
    }
    await record(tx, context, { ...entryFor(request, user), outcome: 'refused' })
  })
}

/** The lock on the user makes parallel requests count each other. */
async function hasEnoughMessages(
  tx: Tx,
  context: RequestContext,
  purpose: SingleUsePurpose,
  userUuid: string,
): Promise<boolean> {
  const now = context.clock.now()
  const since = addDuration(now, milliseconds(-MESSAGE_WINDOW.milliseconds))
  const { sent, lastAt } = await countSent(tx, purpose, userUuid, since)
  if (lastAt === undefined) return false
  return sent >= MESSAGES_PER_WINDOW || now < addDuration(lastAt, MESSAGE_PAUSE)
}

function entryFor({ action }: TokenRequest, user: User | undefined) {
  return user === undefined ? { action } : { action, target: { kind: 'user', id: user.id } }
}
