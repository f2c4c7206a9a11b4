import type { Account, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import { parseId, toNumericDate, type UserId } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { findNamedUser } from './backchannel-authentication.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'
import { findUserBySubject } from './subject-for.ts'

/** What is known of a user, from the grant or from the browser's session. */
interface Profile {
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly updatedAt: Date | undefined
}

/**
 * Finds the user that a token speaks for: who has a live grant, or a live session in this very
 * browser, or was named by a client that asks for the user's approval.
 */
export function accountFinder(database: Database): FindAccount {
  return async (ctx, sub, token) => {
    const named = isHintOfClient(ctx) ? await findHinted(database, ctx, sub) : sub
    const userId = parseId('usr', named ?? '')
    if (userId === undefined) return undefined
    const profile = findProfile(userId, token?.grantId)
    if (profile === undefined) return undefined
    const account: Account = { accountId: userId, claims: async () => claimsOf(userId, profile) }
    return account
  }
}

/** CIBA §7.1: the engine has verified that the ID token is ours, and for this very client. */
function isHintOfClient({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.route === 'backchannel_authentication' && oidc.entities.IdTokenHint !== undefined
}

function findHinted(database: Database, { oidc }: KoaContextWithOIDC, subject: string) {
  const id = findUserBySubject(clientOf(oidc.client?.clientId), subject)
  const userId = parseId('usr', id ?? '')
  return userId === undefined ? undefined : findNamedUser(database, userId)
}

function findProfile(userId: UserId, grantId: string | undefined): Profile | undefined {
  const { grants, live, named } = currentScope()
  const grant = grantId === undefined ? undefined : grants.get(grantId)
  if (grant !== undefined) return grant.userId === userId ? grant : undefined
  if (live === undefined || live.userId !== userId) return named.get(userId)
  return { ...live, updatedAt: undefined }
}

/** OIDC Core §5.1. The engine gives away only what scope and claims parameter allow. */
export function claimsOf(sub: UserId, profile: Profile) {
  return {
    sub,
    email: profile.email,
    email_verified: profile.emailVerifiedAt !== undefined,
    name: profile.displayName,
    locale: profile.locale,
    updated_at: profile.updatedAt === undefined ? undefined : toNumericDate(profile.updatedAt),
  }
}
