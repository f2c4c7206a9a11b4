import { errors } from 'oidc-provider'
import { minutes } from '../../../kernel/index.ts'
import { httpErrors, sourceKey } from '../../../platform/http/index.ts'
import { record } from '../../audit/index.ts'
import { clientIdOf, isDocumentAddress } from '../clients/client-document.ts'
import type { Client, ClientWithSecrets } from '../clients/model.ts'
import { findDocumentClient, toClientWithSecrets, upsertDocumentClient } from '../clients/store.ts'
import { toClient } from './dynamic-registration.ts'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'

type DocumentServices = Pick<EngineServices, 'database' | 'fetch' | 'limiter'>

/**
 * The client that calls itself by the address of a document, if the tenant takes such clients. The
 * document is asked again each hour; what it says passes the rules of every registration. It is never
 * first-party: its user is asked, and sees the host that the document came from.
 * @returns undefined for a client that there is not, or that an administrator disabled
 * @throws InvalidClientMetadata, too_many_requests
 * @see draft-ietf-oauth-client-id-metadata-document §4, §6
 */
export async function loadDocumentClient(
  services: DocumentServices,
  address: string,
): Promise<ClientWithSecrets | undefined> {
  const { context } = currentScope()
  const { tenant, clock } = context
  const id = clientIdOf(tenant.id, address)
  if (tenant.policy.clientDocuments !== 'allowed' || id === undefined) return undefined
  if (!isDocumentAddress(address)) return undefined
  const [rows] = await services.database.tenantBatch(tenant.id, [findDocumentClient(address)])
  const known = rows[0] === undefined ? undefined : toClientWithSecrets(rows[0])
  if (known?.status === 'disabled') return undefined
  const age = known === undefined ? Infinity : clock.now().getTime() - known.updatedAt.getTime()
  if (age < FRESH_MS) return known
  const document = await load(services, address)
  // Who is signed in at a client is not signed out because its site is away for an hour.
  if (document === undefined) return age < STALE_MS ? known : undefined
  return keep(services, address, toDocumentClient(id, address, document))
}

async function keep(
  { database }: DocumentServices,
  address: string,
  client: Client,
): Promise<ClientWithSecrets | undefined> {
  const { context } = currentScope()
  return database.withTenant(context.tenant.id, async (tx) => {
    const kept = await tx.first(upsertDocumentClient(client, address))
    if (kept === undefined || kept.status === 'disabled') return undefined
    if (kept.version === 1) {
      await record(tx, context, {
        action: 'client.registered',
        outcome: 'success',
        target: { kind: 'client', id: client.id },
        details: { profile: client.profile, document: address },
      })
    }
    return toClientWithSecrets({ ...kept, secret_hashes: [] })
  })
}

function toDocumentClient(
  id: NonNullable<ReturnType<typeof clientIdOf>>,
  address: string,
  document: Readonly<Record<string, unknown>>,
): Client {
  const { tenant, clock } = currentScope().context
  const { token_endpoint_auth_method: method = 'none', grant_types: grants } = document
  const isWithUser = grants === undefined || [grants].flat().every((one) => GRANTS.has(one))
  // §4: what the document says is public, so it has no secret. Attack: anybody who can put a document
  // somewhere asks for tokens without a user, who would be asked.
  if (!METHODS.has(method) || 'client_secret' in document || !isWithUser) {
    throw new errors.InvalidClientMetadata('the document describes no client that we take')
  }
  const { host } = new URL(address)
  const { client_name: given } = document
  const name = typeof given === 'string' && given !== '' ? `${given.slice(0, 100)} (${host})` : host
  const resources = tenant.policy.audiences.filter((audience) => URL.canParse(audience))
  const said = Object.entries(document).filter(([member]) => MEMBERS.has(member))
  const registered = {
    grant_types: ['authorization_code', 'refresh_token'],
    ...Object.fromEntries(said),
    client_id: id,
    client_name: name.slice(0, 200),
    token_endpoint_auth_method: method,
    resources,
  }
  return toClient(registered, clock.now())
}

/** @returns undefined for what can't be read; over the egress, which follows no redirect */
async function load(
  { fetch, limiter }: DocumentServices,
  address: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { tenant, source } = currentScope().context
  const key = `${tenant.id}|${sourceKey(source.ip)}`
  // Attack: somebody lets us ask address after address.
  if (!(await limiter.consume(FETCHES, key)).allowed) {
    throw httpErrors.too_many_requests({ retryAfter: FETCHES.window })
  }
  try {
    const answer = await fetch?.(address, { headers: { accept: 'application/json' } })
    if (answer?.status !== 200) return undefined
    const document = (await answer.json()) as Record<string, unknown> | null
    // §4: a document that somebody else put there for another client is not theirs.
    return document?.['client_id'] === address ? document : undefined
  } catch {
    // Away, refused by the egress, too large, or no JSON: there is no such client.
    return undefined
  }
}

const METHODS: ReadonlySet<unknown> = new Set(['none', 'private_key_jwt'])
const GRANTS: ReadonlySet<unknown> = new Set(['authorization_code', 'refresh_token'])
/**
 * What a stranger may say of themselves. Attack: `serves_resources` would let them read the tokens of
 * others, `subject_type` with the sector of others how those call their users.
 */
const MEMBERS: ReadonlySet<string> = new Set([
  'redirect_uris',
  'post_logout_redirect_uris',
  'application_type',
  'grant_types',
  'scope',
  'jwks',
  'jwks_uri',
  'token_endpoint_auth_signing_alg',
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'authorization_signed_response_alg',
  'dpop_bound_access_tokens',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
])
const FETCHES = { name: 'oauth-client-documents', limit: 30, window: minutes(1) }
const FRESH_MS = 3_600_000
const STALE_MS = 86_400_000
