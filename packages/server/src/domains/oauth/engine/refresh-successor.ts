import type { TenantId } from '../../../kernel/index.ts'
import { oneStepKdf, sealWithKey, unsealWithKey } from '../../../platform/crypto/index.ts'

/**
 * SECURITY: within the grace the parent gets the same successor again, but only hashes are kept.
 * So the successor is sealed under a key made from the parent: a copy of the database opens nothing.
 */
export function sealSuccessor(tenant: TenantId, parent: string, successor: string): Buffer {
  return sealWithKey(keyFrom(parent), successor, { ...PURPOSE, tenant })
}

/** @throws UnsealError */
export function openSuccessor(tenant: TenantId, parent: string, sealed: Buffer): string {
  return unsealWithKey(keyFrom(parent), sealed, { ...PURPOSE, tenant }).toString()
}

function keyFrom(parent: string): Buffer {
  return oneStepKdf(parent, 'countersign/oauth-refresh-successor/v2')
}

const PURPOSE = { purpose: 'oauth_refresh_successor', subject: 'RefreshToken' }
