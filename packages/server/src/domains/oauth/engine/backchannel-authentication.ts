import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { parseId } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { parseEmailAddress } from '../../../platform/mail/index.ts'
import { findUserByEmail, findUserById, toNamedUser } from './named-user.ts'
import { currentScope } from './request-scope.ts'

/**
 * A client asks a user who is elsewhere; the user answers where they are signed in, see
 * `authentication-requests.ts`.
 * @see OpenID Connect CIBA Core 1.0
 */
export function backchannelAuthentication(database: Database) {
  return {
    enabled: true,
    deliveryModes: ['poll', 'ping'] as const,
    processLoginHint: (_ctx: KoaContextWithOIDC, hint?: string) =>
      findNamedUser(database, hint ?? ''),
    processLoginHintToken: async (): Promise<string> => {
      throw new errors.InvalidRequest('login_hint_token is not supported')
    },
    validateBindingMessage: (_ctx: KoaContextWithOIDC, message?: string) => {
      // CIBA §7.1: short enough to be compared at a glance, and nothing that looks like a link.
      if (message === undefined || /^[\p{L}\p{N} .,-]{1,40}$/u.test(message)) return
      throw new errors.InvalidBindingMessage('binding_message is not acceptable')
    },
    validateRequestContext: () => undefined,
    verifyUserCode: () => undefined,
    // It waits for the user in the list of requests.
    triggerAuthenticationDevice: () => undefined,
  }
}

/** By address or id. @returns undefined for nobody: `unknown_user_id`, as CIBA §13 has it */
export async function findNamedUser(database: Database, hint: string): Promise<string | undefined> {
  const { context, named } = currentScope()
  const id = parseId('usr', hint)
  const address = id === undefined ? parseEmailAddress(hint) : undefined
  if (id === undefined && address === undefined) return undefined
  const statement = id === undefined ? findUserByEmail(address ?? '') : findUserById(id)
  const [rows] = await database.tenantBatch(context.tenant.id, [statement])
  if (rows[0]?.status !== 'active') return undefined
  const user = toNamedUser(rows[0])
  named.set(user.id, user)
  return user.id
}
