import type { FieldError, TenantRef } from '../../../kernel/index.ts'
import { signalsResourceOf } from '../own-resources.ts'
import { isCertificateSubject, SUBJECT_MEMBERS } from './certificate-subject.ts'
import { oauthErrors } from '../errors.ts'
import type { ClientMetadataInput } from './metadata-schema.ts'
import type { ClientMetadata } from './model.ts'
import { isWebAddress, redirectKindOf } from './parse-redirect-uri.ts'
import { type ClientProfile, GRANT_TYPES, PROFILE_RULES, type ProfileRules } from './profiles.ts'
import { judgeSector } from './sector.ts'
import { judgeAlgorithms } from './signing-choices.ts'

/**
 * Completes a registration by the defaults of its profile and refuses what does not fit.
 * @throws client_metadata_refused naming every bad member
 */
export function checkClientMetadata(
  tenant: Pick<TenantRef, 'issuer' | 'policy'>,
  profile: ClientProfile,
  input: ClientMetadataInput,
): ClientMetadata {
  const rules = PROFILE_RULES[profile]
  const metadata = complete(rules, input)
  const fields = [
    ...judgeGrants(rules, metadata),
    ...judgeRedirects(rules, metadata),
    ...judgeLinks(metadata),
    ...judgeKeys(metadata),
    ...judgeCertificateSubject(metadata),
    ...judgeSector(metadata),
    ...judgeAlgorithms(tenant.policy, profile, metadata),
    ...judgeResources(tenant, metadata),
  ]
  if (fields.length > 0) throw oauthErrors.client_metadata_refused({ fields })
  return metadata
}

function complete(rules: ProfileRules, input: ClientMetadataInput): ClientMetadata {
  const isBound =
    input.dpop_bound_access_tokens === true ||
    input.tls_client_certificate_bound_access_tokens === true
  return {
    ...input,
    redirect_uris: input.redirect_uris ?? [],
    grant_types: input.grant_types ?? [...rules.defaultGrantTypes],
    token_endpoint_auth_method: input.token_endpoint_auth_method ?? defaultMethod(rules),
    scope: input.scope ?? 'openid profile email offline_access',
    ...(input.grant_types?.includes(GRANT_TYPES.ciba) === true &&
    input.backchannel_token_delivery_mode === undefined
      ? { backchannel_token_delivery_mode: 'poll' as const }
      : {}),
    ...(input.id_token_encrypted_response_alg === undefined
      ? {}
      : { id_token_encrypted_response_enc: 'A256GCM' as const }),
    ...(input.userinfo_encrypted_response_alg === undefined
      ? {}
      : { userinfo_encrypted_response_enc: 'A256GCM' as const }),
    ...(rules.requiresPushedRequests ? { require_pushed_authorization_requests: true } : {}),
    ...(rules.requiresSenderConstraint && !isBound ? { dpop_bound_access_tokens: true } : {}),
  } as ClientMetadata
}

function defaultMethod(rules: ProfileRules) {
  return rules.authMethods[0] ?? 'none'
}

function judgeGrants(rules: ProfileRules, metadata: ClientMetadata): FieldError[] {
  const fields: FieldError[] = []
  for (const [index, type] of metadata.grant_types.entries()) {
    if (rules.grantTypes.includes(type)) continue
    fields.push(refused(`/grant_types/${index}`, 'this profile does not use this grant'))
  }
  if (!rules.authMethods.includes(metadata.token_endpoint_auth_method)) {
    fields.push(refused('/token_endpoint_auth_method', 'this profile does not use this method'))
  }
  return fields
}

function judgeRedirects(rules: ProfileRules, metadata: ClientMetadata): FieldError[] {
  const fields: FieldError[] = []
  const lists = ['redirect_uris', 'post_logout_redirect_uris'] as const
  for (const list of lists) {
    for (const [index, address] of (metadata[list] ?? []).entries()) {
      const kind = redirectKindOf(address)
      if (kind !== undefined && rules.redirects.includes(kind)) continue
      fields.push(refused(`/${list}/${index}`, 'not an address that may be redirected to'))
    }
  }
  const needsRedirect = metadata.grant_types.includes(GRANT_TYPES.code)
  if (needsRedirect && metadata.redirect_uris.length === 0) {
    fields.push(refused('/redirect_uris', 'the authorization code needs an address to go to'))
  }
  return fields
}

/** Pages show these as links. Attack: `javascript:` in a client's registration. */
function judgeLinks(metadata: ClientMetadata): FieldError[] {
  return LINKS.flatMap((name) => {
    const address = metadata[name]
    if (address === undefined || isWebAddress(address)) return []
    return [refused(`/${name}`, 'an absolute https address is needed')]
  })
}

function judgeKeys(metadata: ClientMetadata): FieldError[] {
  const { jwks, jwks_uri, token_endpoint_auth_method: method } = metadata
  const fields: FieldError[] = []
  if (jwks !== undefined && jwks_uri !== undefined) {
    fields.push(refused('/jwks_uri', 'RFC 7591 §2: not together with `jwks`'))
  }
  if (METHODS_WITH_KEYS.has(method) && jwks === undefined && jwks_uri === undefined) {
    fields.push(refused('/jwks', 'this method needs the public keys of the client'))
  }
  const isEncrypted =
    metadata.id_token_encrypted_response_alg ?? metadata.userinfo_encrypted_response_alg
  const canEncrypt = jwks_uri !== undefined || jwks?.keys.some((key) => key['use'] !== 'sig')
  if (isEncrypted !== undefined && canEncrypt !== true) {
    fields.push(refused('/jwks', 'encryption needs a key of the client that is not for signatures'))
  }
  for (const [index, key] of (jwks?.keys ?? []).entries()) {
    if (isPublicKey(key)) continue
    fields.push(refused(`/jwks/keys/${index}`, 'public keys only'))
  }
  return fields
}

export function isPublicKey(key: Readonly<Record<string, unknown>>): boolean {
  return key['kty'] !== 'oct' && PRIVATE_MEMBERS.every((name) => key[name] === undefined)
}

/** RFC 8705 §2.1.2: a client with two names could be either. */
function judgeCertificateSubject(metadata: ClientMetadata): FieldError[] {
  const given = SUBJECT_MEMBERS.filter((name) => metadata[name] !== undefined)
  if (metadata.token_endpoint_auth_method !== 'tls_client_auth') {
    return given.map((name) => refused(`/${name}`, 'for `tls_client_auth` only'))
  }
  if (given.length === 0) {
    return [
      refused('/token_endpoint_auth_method', `one of ${SUBJECT_MEMBERS.join(', ')} is needed`),
    ]
  }
  if (given.length > 1) return given.map((name) => refused(`/${name}`, 'exactly one such member'))
  return given
    .filter((name) => !isCertificateSubject(name, metadata[name] ?? ''))
    .map((name) => refused(`/${name}`, 'it can not be compared with a certificate'))
}

function judgeResources(
  { issuer, policy }: Pick<TenantRef, 'issuer' | 'policy'>,
  metadata: ClientMetadata,
): FieldError[] {
  const served = new Set([issuer, ...policy.audiences])
  const known = {
    resources: new Set([...served, signalsResourceOf(issuer)]),
    serves_resources: served,
  }
  const lists = ['resources', 'serves_resources'] as const
  return lists.flatMap((list) =>
    (metadata[list] ?? []).flatMap((resource, index) => {
      const pointer = `/${list}/${index}`
      if (!known[list].has(resource)) return [refused(pointer, 'no audience of this tenant')]
      // RFC 8707 §2: whoever registered another name could never ask for it.
      if (isAbsoluteUri(resource)) return []
      return [refused(pointer, 'an absolute URI without fragment is needed')]
    }),
  )
}

function isAbsoluteUri(text: string): boolean {
  return URL.canParse(text) && !text.includes('#')
}

function refused(pointer: string, detail: string): FieldError {
  return { pointer: `/metadata${pointer}`, code: 'refused', detail }
}

const LINKS = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'jwks_uri',
  'backchannel_logout_uri',
  'backchannel_client_notification_endpoint',
] as const
const METHODS_WITH_KEYS: ReadonlySet<string> = new Set([
  'private_key_jwt',
  'self_signed_tls_client_auth',
])
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
