import type { UserContext } from '../../../../kernel/index.ts'
import { findCredential, toCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { webauthnErrors } from '../errors.ts'
import type { WebAuthnCredential, WebAuthnCredentialId } from '../model.ts'

/** @throws webauthn_credential_not_found for an id of somebody else too */
export async function getCredential(
  { database }: FactorDependencies,
  { tenant, principal }: UserContext,
  id: WebAuthnCredentialId,
): Promise<WebAuthnCredential> {
  const [rows] = await database.tenantBatch(tenant.id, [
    findCredential({ id, userId: principal.userId }),
  ])
  if (rows[0] === undefined) throw webauthnErrors.webauthn_credential_not_found()
  return toCredential(rows[0])
}
