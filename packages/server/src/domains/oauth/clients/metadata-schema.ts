import { z } from 'zod'
import { ACCESS_TOKEN_CLAIMS, ACR, SIGNING_ALGORITHMS } from '../../../kernel/index.ts'

const uri = z.string().min(1).max(2048)
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/
/** What of these the tenant signs with is judged by `checkClientMetadata`. */
const signedBy = z.enum(SIGNING_ALGORITHMS)
const jwkSet = z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) })

/**
 * Registration of a client, under the names of RFC 7591 and of the specifications that add to it.
 * Which of them fit together is judged by `checkClientMetadata`.
 */
export const clientMetadataSchema = z.strictObject({
  redirect_uris: z.array(uri).max(20).optional(),
  post_logout_redirect_uris: z.array(uri).max(20).optional(),
  grant_types: z
    .array(
      z.enum([
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:device_code',
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'urn:openid:params:grant-type:ciba',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ]),
    )
    .min(1)
    .max(7)
    .optional(),
  token_endpoint_auth_method: z
    .enum([
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'tls_client_auth',
    ])
    .optional(),
  /** What the client may ask for; nothing else is granted, whatever a user allows. */
  scope: z
    .string()
    .max(2000)
    .refine((text) => text.split(' ').every((token) => scopeToken.test(token)), 'RFC 6749 §3.3')
    .optional(),
  /** RFC 8707: the resource servers that it may ask tokens for. */
  resources: z.array(uri).max(20).optional(),
  /**
   * The resource servers that this client is itself: it may exchange the tokens that it was called
   * with (RFC 8693).
   */
  serves_resources: z.array(uri).max(20).optional(),
  /** `jwt` as in RFC 9068, or a handle that only we can resolve. */
  access_token_format: z.enum(['jwt', 'opaque']).optional(),
  access_token_lifetime_seconds: z.int().min(30).max(3600).optional(),
  /** What access tokens, or introspection, say of their user, beside what the resource server gets. */
  access_token_claims: z.array(z.enum(ACCESS_TOKEN_CLAIMS)).max(4).optional(),
  /** Of signed access tokens, where the resource server does not say. */
  access_token_signing_alg: signedBy.optional(),
  refresh_token_lifetime_seconds: z
    .int()
    .min(300)
    .max(90 * 86_400)
    .optional(),
  /** What the client asks beside its tenant; the strictest rule counts. */
  mfa_policy: z.enum(['optional', 'required', 'phishing_resistant']).optional(),
  /** No token without this class of authentication or a stronger one. */
  required_acr: z.enum([ACR.password, ACR.mfa, ACR.passkey]).optional(),
  /** OIDC Core §8: `pairwise` hides from each sector how others call the user. */
  subject_type: z.enum(['public', 'pairwise']).optional(),
  sector_identifier_uri: uri.optional(),
  default_max_age: z.int().min(0).max(86_400).optional(),
  jwks: jwkSet.optional(),
  jwks_uri: uri.optional(),
  /** Of logout tokens too. */
  id_token_signed_response_alg: signedBy.optional(),
  /** Without it, the userinfo endpoint answers in plain JSON. */
  userinfo_signed_response_alg: signedBy.optional(),
  /** RFC 9701 §6. */
  introspection_signed_response_alg: signedBy.optional(),
  /** JARM §3. */
  authorization_signed_response_alg: signedBy.optional(),
  /** OIDC Core §10.2: to a key of the client with `use: enc`. */
  id_token_encrypted_response_alg: z.literal('ECDH-ES').optional(),
  id_token_encrypted_response_enc: z.literal('A256GCM').optional(),
  userinfo_encrypted_response_alg: z.literal('ECDH-ES').optional(),
  userinfo_encrypted_response_enc: z.literal('A256GCM').optional(),
  token_endpoint_auth_signing_alg: z.enum(['ES256', 'PS256', 'EdDSA', 'Ed25519']).optional(),
  request_object_signing_alg: z.enum(['ES256', 'PS256', 'EdDSA', 'Ed25519']).optional(),
  require_signed_request_object: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  tls_client_certificate_bound_access_tokens: z.boolean().optional(),
  /** RFC 8705 §2.1.2: exactly one of these five, for `tls_client_auth` only. */
  tls_client_auth_subject_dn: z.string().min(1).max(512).optional(),
  tls_client_auth_san_dns: z.string().min(1).max(253).optional(),
  tls_client_auth_san_uri: uri.optional(),
  tls_client_auth_san_ip: z.string().min(1).max(45).optional(),
  tls_client_auth_san_email: z.string().min(3).max(254).optional(),
  authorization_details_types: z
    .array(z.string().regex(/^[\w.:/-]{1,100}$/))
    .max(20)
    .optional(),
  backchannel_logout_uri: uri.optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  backchannel_token_delivery_mode: z.enum(['poll', 'ping']).optional(),
  backchannel_client_notification_endpoint: uri.optional(),
  client_uri: uri.optional(),
  logo_uri: uri.optional(),
  policy_uri: uri.optional(),
  tos_uri: uri.optional(),
})

export type ClientMetadataInput = z.output<typeof clientMetadataSchema>
