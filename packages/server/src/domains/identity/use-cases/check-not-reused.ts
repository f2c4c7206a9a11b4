import { AppError, type RequestContext, type Secret, type UserId } from '../../../kernel/index.ts'
import { passwordHashingErrors } from '../../../platform/password-hashing/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import { type PasswordCandidate, refusePassword } from '../password-policy.ts'
import { passwordRulesOf } from '../password-profiles.ts'
import { selectEarlierPasswords, selectPassword } from '../store.ts'

export interface ReuseCandidate extends Pick<PasswordCandidate, 'password' | 'pointer'> {
  /** Refuses the present password also where the profile remembers none. */
  readonly mustDiffer?: boolean
}

/**
 * Refuses the present password and those before it, as many as the profile remembers. The user is
 * authenticated, so it may stop at the first that matches.
 * @throws password_reused, overloaded
 */
export async function checkNotReused(
  { database, hasher }: Pick<IdentityDependencies, 'database' | 'hasher'>,
  context: RequestContext,
  userId: UserId,
  candidate: ReuseCandidate,
): Promise<void> {
  const { rememberedPasswords } = passwordRulesOf(context.tenant.policy)
  if (rememberedPasswords === 0 && candidate.mustDiffer !== true) return
  const [present, earlier] = await database.tenantBatch(context.tenant.id, [
    selectPassword(userId),
    selectEarlierPasswords(userId, rememberedPasswords),
  ])
  for (const { password_hash } of [...present, ...earlier]) {
    if (await isSame(hasher, candidate.password, password_hash)) {
      throw refusePassword(identityErrors.password_reused, candidate.pointer)
    }
  }
}

async function isSame(
  hasher: IdentityDependencies['hasher'],
  password: Secret<string>,
  stored: string,
): Promise<boolean> {
  try {
    return (await hasher.verify(password, stored)).matches
  } catch (error) {
    // A lost pepper makes a hash unreadable for ever. A reset is the way out, so it must not end here.
    const { code } = passwordHashingErrors.password_hash_unusable
    if (error instanceof AppError && error.code === code) return false
    throw error
  }
}
