import type { RequestContext, Secret, UserId } from '../../../kernel/index.ts'
import type { PasswordVerification } from '../../../platform/password-hashing/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { replaceHash } from '../store.ts'

/**
 * SECURITY: account enumeration by timing. Without a stored hash it verifies against a decoy of
 * equal cost, and never matches.
 * @throws overloaded, password_hash_unusable
 */
export async function verifyPassword(
  { hasher }: Pick<IdentityDependencies, 'hasher'>,
  passwordHash: string | undefined,
  password: Secret<string>,
): Promise<PasswordVerification> {
  const verification = await hasher.verify(password, passwordHash ?? hasher.decoyHash)
  return passwordHash === undefined ? { matches: false, needsRehash: false } : verification
}

/**
 * Stores the hash of a password that has just matched again, with the parameters of today, unless
 * the password was changed meanwhile.
 */
export async function rehash(
  { database, hasher }: IdentityDependencies,
  context: RequestContext,
  proof: { userId: UserId; password: Secret<string>; provenAgainst: string },
): Promise<void> {
  const after = await hasher.hash(proof.password)
  await database.tenantBatch(context.tenant.id, [
    replaceHash(proof.userId, proof.provenAgainst, after),
  ])
}
