import type { FieldError } from '../../../kernel/index.ts'
import { oauthErrors } from '../errors.ts'
import type { ClientMetadataInput } from './metadata-schema.ts'
import type { ClientMetadata } from './model.ts'
import { isWebAddress } from './parse-redirect-uri.ts'
import { GRANT_TYPES } from './profiles.ts'

export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/** Host that stands for the clients who may know a user by one name. @see OIDC Core §8.1 */
export function sectorOf(
  metadata: Pick<ClientMetadata, 'sector_identifier_uri' | 'redirect_uris'>,
): string | undefined {
  const address = metadata.sector_identifier_uri ?? metadata.redirect_uris[0]
  const host = address === undefined ? undefined : URL.parse(address)?.host
  return host === '' ? undefined : host
}

/** What of it can be judged without asking anybody. */
export function judgeSector(metadata: ClientMetadata): FieldError[] {
  const { sector_identifier_uri: address, subject_type: type } = metadata
  if (type !== 'pairwise') {
    return address === undefined ? [] : [refused('sector_identifier_uri', 'for `pairwise` only')]
  }
  if (address !== undefined && (!isWebAddress(address) || !address.startsWith('https:'))) {
    return [refused('sector_identifier_uri', 'an absolute https address is needed')]
  }
  const hosts = new Set(metadata.redirect_uris.map((uri) => URL.parse(uri)?.host))
  if (address === undefined && (hosts.size !== 1 || sectorOf(metadata) === undefined)) {
    return [refused('sector_identifier_uri', 'needed unless all redirect addresses have one host')]
  }
  if (!metadata.grant_types.some((grant) => WITHOUT_REDIRECT.has(grant))) return []
  // Nothing of the request leads to the sector, so the keys of the client have to. CIBA §4.
  const method = metadata.token_endpoint_auth_method
  const isByKey = method === 'private_key_jwt' || method === 'self_signed_tls_client_auth'
  if (isByKey && metadata.jwks_uri !== undefined && address !== undefined) return []
  return [
    refused('subject_type', 'device grant and CIBA need `jwks_uri` and `sector_identifier_uri`'),
  ]
}

/**
 * Attack: a client names the sector of others, and learns under which names they know its users.
 * @throws client_metadata_refused unless the sector lists every redirect address of the client
 * @see OIDC Core §8.1, OIDC Dynamic Client Registration §5
 */
export async function checkSectorIdentifier(
  fetch: Fetch | undefined,
  metadata: ClientMetadataInput,
): Promise<void> {
  const { sector_identifier_uri: address, redirect_uris = [], jwks_uri } = metadata
  if (address === undefined || metadata.subject_type !== 'pairwise') return
  // Before anything is asked of that address.
  if (!isWebAddress(address) || !address.startsWith('https:')) return
  const listed = await load(fetch, address)
  const byKeys = metadata.grant_types?.some((grant) => WITHOUT_REDIRECT.has(grant)) === true
  const needed = [...redirect_uris, ...(byKeys && jwks_uri !== undefined ? [jwks_uri] : [])]
  if (listed !== undefined && needed.every((uri) => listed.includes(uri))) return
  const detail =
    listed === undefined
      ? 'it does not answer with a JSON array of addresses'
      : 'it does not list every address of this client'
  throw oauthErrors.client_metadata_refused({ fields: [refused('sector_identifier_uri', detail)] })
}

async function load(fetch: Fetch | undefined, address: string): Promise<unknown[] | undefined> {
  try {
    const answer = await fetch?.(address, { headers: { accept: 'application/json' } })
    if (answer?.status !== 200) return undefined
    const listed: unknown = await answer.json()
    return Array.isArray(listed) ? listed : undefined
  } catch {
    // Away, refused by the egress, or no JSON: whoever registers is told that it does not answer.
    return undefined
  }
}

function refused(member: string, detail: string): FieldError {
  return { pointer: `/metadata/${member}`, code: 'refused', detail }
}

const WITHOUT_REDIRECT: ReadonlySet<string> = new Set([GRANT_TYPES.device, GRANT_TYPES.ciba])
