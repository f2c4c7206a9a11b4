import { type ClientId, fromUuid, parseId, type TenantId } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { isWebAddress } from './parse-redirect-uri.ts'

/**
 * Whether a `client_id` is the address of a document that describes the client.
 * @see draft-ietf-oauth-client-id-metadata-document §3
 */
export function isDocumentAddress(clientId: string): boolean {
  if (!clientId.startsWith('https:') || clientId.length > 512) return false
  // No user, no fragment, no dot segments: the parser would write such an address differently.
  return isWebAddress(clientId) && new URL(clientId).pathname !== '/'
}

/**
 * Our id of the client that calls itself so: `cli_…` as it is, an address by its hash. The protocol
 * goes on with what the client calls itself; rows have our id.
 */
export function clientIdOf(tenant: TenantId, clientId: string): ClientId | undefined {
  const known = parseId('cli', clientId)
  if (known !== undefined || !isDocumentAddress(clientId)) return known
  const bytes = sha256(JSON.stringify(['client-document', tenant, clientId])).subarray(0, 16)
  // RFC 9562 §5.8: version 8 is for ids that are made in a way of one's own.
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return fromUuid('cli', uuid)
}
