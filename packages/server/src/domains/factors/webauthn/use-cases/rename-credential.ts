import type { UserContext } from '../../../../kernel/index.ts'
import { record } from '../../../audit/index.ts'
import { renameCredential as rename, toCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { webauthnErrors } from '../errors.ts'
import type { WebAuthnCredential, WebAuthnCredentialId } from '../model.ts'

/** @throws webauthn_credential_not_found for an id of somebody else too */
export function renameCredential(
  { database }: FactorDependencies,
  context: UserContext,
  id: WebAuthnCredentialId,
  name: string,
): Promise<WebAuthnCredential> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const row = await tx.first(rename({ id, userId: context.principal.userId }, name))
    if (row === undefined) throw webauthnErrors.webauthn_credential_not_found()
    await record(tx, context, {
      action: 'webauthn.renamed',
      outcome: 'success',
      target: { kind: 'credential', id },
    })
    return toCredential(row)
  })
}
