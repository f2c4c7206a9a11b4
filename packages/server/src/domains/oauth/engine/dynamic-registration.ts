import { errors } from 'oidc-provider'
import { AppError, newId, parseId, Secret } from '../../../kernel/index.ts'
import { checkClientMetadata } from '../clients/check-client-metadata.ts'
import { hashClientSecret, makeClientSecret } from '../clients/client-secret.ts'
import { clientMetadataSchema } from '../clients/metadata-schema.ts'
import type { Client } from '../clients/model.ts'
import type { ClientProfile } from '../clients/profiles.ts'
import { checkSectorIdentifier } from '../clients/sector.ts'
import { insertClient, insertSecret } from '../clients/store.ts'
import { record } from '../../audit/index.ts'
import type { EngineServices } from './engine-services.ts'
import { currentScope } from './request-scope.ts'

/** RFC 7591, for those whom an administrator gave an initial access token; §1.2. */
export function dynamicRegistration() {
  return {
    enabled: true,
    initialAccessToken: true,
    idFactory: () => newId('cli'),
    secretFactory: () => makeClientSecret().reveal(),
    issueRegistrationAccessToken: false,
  }
}

/**
 * Keeps what the engine found well-formed, under the rules that clients of administrators have too.
 * Nobody makes a first-party client this way.
 * @throws InvalidClientMetadata
 */
export async function registerClient(
  { database, fetch }: Pick<EngineServices, 'database' | 'fetch'>,
  registered: Record<string, unknown>,
): Promise<void> {
  const { context } = currentScope()
  const now = context.clock.now()
  const client = toClient(registered, now)
  await checkSectorIdentifier(fetch, client.metadata).catch(asRefusal)
  const secret = registered['client_secret']
  await database.withTenant(context.tenant.id, async (tx) => {
    await insertClient(tx, client)
    if (typeof secret === 'string') {
      await insertSecret(tx, client.id, { hash: hashClientSecret(new Secret(secret)), now })
    }
    await record(tx, context, {
      action: 'client.registered',
      outcome: 'success',
      target: { kind: 'client', id: client.id },
      details: { profile: client.profile },
    })
  })
}

export function toClient(registered: Readonly<Record<string, unknown>>, now: Date): Client {
  const id = parseId('cli', String(registered['client_id']))
  const profile = profileOf(registered)
  const known = Object.keys(clientMetadataSchema.shape)
  const members = Object.entries(registered).filter(([name]) => known.includes(name))
  const parsed = clientMetadataSchema.safeParse(Object.fromEntries(members))
  if (id === undefined || !parsed.success) throw refused('metadata')
  const { client_name: name } = registered
  return {
    id,
    profile,
    name: typeof name === 'string' && name !== '' ? name.slice(0, 200) : id,
    status: 'active',
    isFirstParty: false,
    metadata: judge(profile, parsed.data),
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
}

function judge(profile: ClientProfile, metadata: Parameters<typeof checkClientMetadata>[2]) {
  try {
    return checkClientMetadata(currentScope().context.tenant, profile, metadata)
  } catch (error) {
    return asRefusal(error)
  }
}

function asRefusal(error: unknown): never {
  if (!(error instanceof AppError)) throw error
  throw refused(error.options.fields?.map(({ pointer }) => pointer).join(' ') ?? 'metadata')
}

function profileOf({
  application_type: type,
  token_endpoint_auth_method: method,
  grant_types: grants,
}: Readonly<Record<string, unknown>>): ClientProfile {
  if (type === 'native') return 'native'
  if (method === 'none') return 'spa'
  const isService = Array.isArray(grants) && !grants.includes('authorization_code')
  return isService ? 'service' : 'web'
}

function refused(what: string): Error {
  return new errors.InvalidClientMetadata(`not acceptable: ${what}`)
}
