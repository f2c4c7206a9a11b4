import type { UserContext } from '../../../../kernel/index.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import type { Reauthentication } from '../../use-cases/enroll-otp.ts'
import { removeAuthenticator } from '../../use-cases/remove-authenticator.ts'
import { deleteCredential } from '../credential-store.ts'
import { webauthnErrors } from '../errors.ts'
import type { WebAuthnCredentialId } from '../model.ts'

/**
 * Removes a credential and ends every other session in the same transaction.
 * @throws webauthn_credential_not_found for an id of somebody else too, and what
 * `removeAuthenticator` throws
 */
export async function removeCredential(
  deps: FactorDependencies,
  context: UserContext,
  id: WebAuthnCredentialId,
  reauthentication: Reauthentication,
): Promise<void> {
  await removeAuthenticator(deps, context, reauthentication, {
    refused: 'webauthn.removal_refused',
    removed: { action: 'webauthn.removed', target: { kind: 'credential', id } },
    remove: async (tx, owner) => {
      const isDeleted = await deleteCredential(tx, { id, userId: owner.id })
      if (!isDeleted) throw webauthnErrors.webauthn_credential_not_found()
      return {}
    },
  })
}
