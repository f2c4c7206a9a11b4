import { Secret, type TenantId } from '../../kernel/index.ts'
import { oneStepKdf, sealWithKey, unsealWithKey } from '../../platform/crypto/index.ts'
import type { RefreshToken } from './refresh-token-format.ts'

/**
 * SECURITY: within the grace the server must give the same successor again, but it keeps only
 * hashes. So the successor's secret is kept encrypted under a key that is made from the parent's
 * secret: a copy of the database opens nothing, and only who holds the parent can ask for it.
 */
export function sealSuccessor(
  tenant: TenantId,
  parent: RefreshToken,
  successor: RefreshToken,
): Buffer {
  return sealWithKey(keyFrom(parent), successor.secret.reveal(), purposeOf(tenant, parent))
}

/** @throws UnsealError if it was sealed for another parent or tenant, or changed */
export function openSuccessor(
  tenant: TenantId,
  parent: RefreshToken,
  sealed: Uint8Array,
): Secret<string> {
  return new Secret(unsealWithKey(keyFrom(parent), sealed, purposeOf(tenant, parent)).toString())
}

function keyFrom(parent: RefreshToken): Buffer {
  return oneStepKdf(parent.secret.reveal(), 'countersign/refresh-successor/v2')
}

function purposeOf(tenant: TenantId, parent: RefreshToken) {
  return { purpose: 'refresh_successor', tenant, subject: parent.id }
}
