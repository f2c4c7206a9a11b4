import type { RequestContext, SessionId, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import { parseSessionCookie } from './session-cookie.ts'
import { endSessionOfCookie } from './store.ts'

/**
 * Ends the session that this browser brings along, in the transaction of a new sign-in of the same
 * user: nobody uses it any more, unless somebody copied it (ASVS 7.2.4). The session of somebody
 * else is left alone.
 * @returns the session that ended
 */
export async function endReplacedSession(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
): Promise<SessionId | undefined> {
  const { sessionCookie } = context.source
  const cookie =
    sessionCookie === undefined ? undefined : parseSessionCookie(sessionCookie.reveal())
  if (cookie === undefined) return undefined
  const ending = { userId, at: context.clock.now(), reason: 'replaced_by_sign_in' } as const
  if (!(await endSessionOfCookie(tx, ending, cookie))) return undefined
  await record(tx, context, {
    action: 'session.ended',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'session', id: cookie.id },
    details: { reason: ending.reason },
  })
  return cookie.id
}
