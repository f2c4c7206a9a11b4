import { fromUuid, type RequestContext, type Secret } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { consume } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User } from '../model.ts'
import { verifyEmailOf } from '../store.ts'

/** @throws token_invalid for every reason alike */
export async function verifyEmail(
  { database }: IdentityDependencies,
  context: RequestContext,
  token: Secret<string>,
): Promise<User> {
  const now = context.clock.now()
  const hash = sha256(token.reveal())
  const user = await database.withTenant(context.tenant.id, async (tx) => {
    const consumed = await consume(tx, 'email_verification', hash, now)
    if (consumed === undefined) return undefined
    const userId = fromUuid('usr', consumed.subject)
    const verified = await verifyEmailOf(tx, userId, consumed.payload, now)
    if (verified === undefined) return undefined
    await record(tx, context, {
      action: 'user.email_verified',
      outcome: 'success',
      actor: { userId },
      target: { kind: 'user', id: userId },
    })
    return verified
  })
  if (user !== undefined) return user
  await recordRefusal(database, context, { action: 'user.email_verification_refused' })
  throw identityErrors.token_invalid()
}
