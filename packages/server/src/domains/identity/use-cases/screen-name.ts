import { type RequestContext, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { User } from '../model.ts'
import type { NameHits } from '../ports.ts'
import { holdUserRow, releaseHeldRow } from '../screening-hold-store.ts'
import { lockUser } from '../store.ts'

/**
 * Before the transaction of a change: which entries of the sanctions list a name resembles.
 * @returns undefined if the tenant does not ask, or nothing was found
 * @throws name_screening_unavailable
 */
export async function screenName(
  { nameScreening }: Pick<IdentityDependencies, 'nameScreening'>,
  context: RequestContext,
  name: string | null | undefined,
): Promise<NameHits | undefined> {
  if (nameScreening === undefined || name === null || name === undefined) return undefined
  return nameScreening.screen(context, name)
}

/**
 * SECURITY: account enumeration by timing. What is kept of a new user waits for no statement, so
 * that a new address with a listed name takes as long as a known address with it.
 */
export async function keepHitsOfNewUser(
  { nameScreening }: Pick<IdentityDependencies, 'nameScreening'>,
  tx: Tx,
  context: RequestContext,
  { user, hits }: { readonly user: User; readonly hits: NameHits | undefined },
): Promise<User> {
  if (hits === undefined || nameScreening === undefined) return user
  await nameScreening.keepForNew(tx, context, user.id, hits)
  if (!hits.suspends) return user
  await tx.later(holdUserRow(user.id, context.clock.now()))
  await recordHold(tx, context, user.id)
  return { ...user, status: 'suspended' }
}

/** In the transaction of a change that gave an existing user the name. */
export async function keepHits(
  deps: Pick<IdentityDependencies, 'nameScreening' | 'credentialChange'>,
  tx: Tx,
  context: RequestContext,
  { userId, hits }: { readonly userId: UserId; readonly hits: NameHits | undefined },
): Promise<void> {
  if (hits === undefined || deps.nameScreening === undefined) return
  const isOpen = await deps.nameScreening.keep(tx, context, userId, hits)
  if (!isOpen || !hits.suspends) return
  const now = context.clock.now()
  if ((await tx.first(holdUserRow(userId, now))) === undefined) return
  await deps.credentialChange.credentialChanged(tx, context, userId, 'user_suspended')
  await withdrawSingleUse(tx, ['password_reset', 'email_change'], toUuid(userId), now)
  await recordHold(tx, context, userId)
}

/** The same for a user of a page that was read before: who has another name by now was screened. */
export async function keepHitsOfSame(
  deps: Pick<IdentityDependencies, 'nameScreening' | 'credentialChange'>,
  tx: Tx,
  context: RequestContext,
  { user, hits }: { readonly user: User; readonly hits: NameHits },
): Promise<void> {
  const now = await lockUser(tx, user.id)
  if (now?.status !== 'active' || now.displayName !== user.displayName) return
  await keepHits(deps, tx, context, { userId: user.id, hits })
}

/** Resumes a user whom only the screening had suspended. */
export async function releaseFromScreening(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
): Promise<void> {
  if (!(await releaseHeldRow(tx, userId, context.clock.now()))) return
  await record(tx, context, {
    action: 'user.resumed',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { reason: 'screening' },
  })
}

function recordHold(tx: Tx, context: RequestContext, userId: UserId): Promise<void> {
  return record(tx, context, {
    action: 'user.suspended',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { reason: 'screening' },
  })
}
