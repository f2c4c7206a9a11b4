import type { UserContext } from '../../../kernel/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { FactorId } from '../model.ts'
import { deleteConfirmed } from '../store.ts'
import type { Reauthentication } from './enroll-otp.ts'
import { removeAuthenticator } from './remove-authenticator.ts'

/**
 * Removes a factor and ends every other session in the same transaction.
 * @throws factor_not_found for an id of somebody else too, and what `removeAuthenticator` throws
 */
export async function removeFactor(
  deps: FactorDependencies,
  context: UserContext,
  id: FactorId,
  reauthentication: Reauthentication,
): Promise<void> {
  await removeAuthenticator(deps, context, reauthentication, {
    refused: 'factor.removal_refused',
    removed: { action: 'factor.removed', target: { kind: 'factor', id } },
    remove: async (tx, owner) => {
      const kind = await deleteConfirmed(tx, owner.id, id)
      if (kind === undefined) throw factorErrors.factor_not_found()
      return { details: { kind } }
    },
  })
}
