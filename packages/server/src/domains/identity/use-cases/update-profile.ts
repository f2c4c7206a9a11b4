import type { UserContext } from '../../../kernel/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { ProfileChange, User } from '../model.ts'
import { updateProfileRow } from '../store.ts'
import { keepHits, screenName } from './screen-name.ts'

/** @throws user_not_found, name_screening_unavailable */
export async function updateProfile(
  deps: IdentityDependencies,
  context: UserContext,
  change: ProfileChange,
): Promise<User> {
  const { userId } = context.principal
  const hits = await screenName(deps, context, change.displayName)
  return deps.database.withTenant(context.tenant.id, async (tx) => {
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
    // The answer is the one of any other name.
    await keepHits(deps, tx, context, { userId, hits })
    return user
  })
}
