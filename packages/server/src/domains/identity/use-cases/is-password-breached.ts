import { type RequestContext, Secret } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'

/**
 * Whether a password is known from a breach; false where no list is configured.
 *
 * SECURITY: the one check that fails open. Attack: whoever disturbs the list gets a breached
 * password accepted. It reaches one password, which still passes all other rules, and each case is
 * in the audit trail. Accepted: a failing service of others must not stop registration and recovery.
 */
export async function isPasswordBreached(
  { breachedPasswords, database }: Pick<IdentityDependencies, 'breachedPasswords' | 'database'>,
  context: RequestContext,
  password: Secret<string>,
): Promise<boolean> {
  if (breachedPasswords === undefined) return false
  const normalised = new Secret(password.reveal().normalize('NFC'))
  // The reason stays outside of the trail: it could quote what was asked for.
  const answer = await breachedPasswords.isBreached(normalised).catch(() => 'unavailable' as const)
  if (answer !== 'unavailable') return answer
  // It tells of no change, so a claim of the request is not noted in it.
  const untied = { ...context, claim: undefined }
  await database.withTenant(context.tenant.id, (tx) =>
    record(tx, untied, { action: 'user.breach_check_unavailable', outcome: 'success' }),
  )
  return false
}
