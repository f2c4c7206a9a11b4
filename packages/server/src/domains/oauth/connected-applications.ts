import type { ClientId, RequestContext, UserContext, UserId } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { accessErrors, administerUser } from '../access/index.ts'
import { record } from '../audit/index.ts'
import {
  type ConnectedApplication,
  type ConsentPage,
  deleteConsent,
  listConsents,
  revokeGrantsOf,
  toConnectedApplication,
} from './engine/consent-store.ts'
import { findUserById } from './engine/named-user.ts'
import { oauthErrors } from './errors.ts'

/** @throws user_not_found */
export async function listConnected(
  database: Database,
  { tenant }: RequestContext,
  userId: UserId,
  page?: ConsentPage,
): Promise<readonly ConnectedApplication[]> {
  const [known, rows] = await database.tenantBatch(tenant.id, [
    findUserById(userId),
    listConsents(userId, page),
  ])
  if (known.length === 0) throw accessErrors.user_not_found()
  return rows.map(toConnectedApplication)
}

/**
 * I4: when it returns, no grant and no token of the client for this user counts any more.
 * @throws grant_not_found, user_exceeds_own_permissions
 */
export function disconnect(
  database: Database,
  context: UserContext,
  userId: UserId,
  clientId: ClientId,
): Promise<void> {
  return administerUser(database, context, userId, async (tx) => {
    const consents = await tx.run(deleteConsent(userId, clientId))
    const grants = await tx.run(revokeGrantsOf(userId, clientId, context.clock.now()))
    if (consents.length + grants.length === 0) throw oauthErrors.grant_not_found()
    await record(tx, context, {
      action: 'oauth.consent_revoked',
      outcome: 'success',
      target: { kind: 'client', id: clientId },
      details: { user: userId, grants: grants.length },
    })
  })
}
