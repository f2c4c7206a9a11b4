import type { UserContext } from '../../../kernel/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { ProfileChange, User } from '../model.ts'
import { updateProfileRow } from '../store.ts'

/** @throws user_not_found */
export async function updateProfile(
  { database }: IdentityDependencies,
  context: UserContext,
  change: ProfileChange,
): Promise<User> {
  const { userId } = context.principal
  return database.withTenant(context.tenant.id, async (tx) => {
    const user = await updateProfileRow(tx, userId, change, context.clock.now())
    if (user === undefined) throw accessErrors.user_not_found()
    const changed = Object.entries(change).flatMap(([name, value]) =>
      value === undefined ? [] : [name],
    )
    await record(tx, context, {
      action: 'user.profile_updated',
      outcome: 'success',
      target: { kind: 'user', id: userId },
      details: { changed },
    })
    return user
  })
}
