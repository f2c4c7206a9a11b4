import {
  type AuthenticatedClient,
  minutes,
  type RequestContext,
  type UserContext,
  type UserId,
  type ClientId,
} from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { ProtocolMount } from '../../platform/http/index.ts'
import type { SessionReplacementPort } from '../sign-in/index.ts'
import { purgeDeniedTokens } from '../tokens/index.ts'
import {
  answerAuthenticationRequest,
  type AuthenticationRequest,
  listAuthenticationRequests,
} from './authentication-requests.ts'
import { type Clients, createClients } from './clients/clients.ts'
import { RememberedClients } from './clients/remembered-clients.ts'
import { purgeDocumentClients } from './clients/store.ts'
import { authenticateClient } from './engine/authenticate-client.ts'
import { tellEndedSessions } from './engine/back-channel-logout.ts'
import { type ClientSubjects, findClientSubjects } from './engine/client-subjects.ts'
import { ClientTokens } from './engine/client-tokens.ts'
import type { ConnectedApplication, ConsentPage } from './engine/consent-store.ts'
import type { EngineServices } from './engine/engine-services.ts'
import { moveGrants, purgeGrants } from './engine/grant-store.ts'
import { handleProtocol } from './engine/handle-protocol.ts'
import { opensOwnApi } from './engine/opens-own-api.ts'
import { ROUTES } from './engine/engine-paths.ts'
import { ProviderRegistry } from './engine/provider-registry.ts'
import { PairwiseSecrets } from './engine/pairwise-secrets.ts'
import { purgeRecords } from './engine/record-store.ts'
import { IssuerKeys } from './engine/issuer-keys.ts'
import { createTrustedIssuers, type TrustedIssuers } from './trusted-issuers/trusted-issuers.ts'
import { issueRegistrationToken, type RegistrationToken } from './issue-registration-token.ts'
import { handleInteraction } from './handle-interaction.ts'
import { MAX_REMEMBERED_CLIENTS } from './policy.ts'
import { disconnect, listConnected } from './connected-applications.ts'

/** The authorization server of every tenant. */
export interface OAuth {
  readonly clients: Clients
  readonly trustedIssuers: TrustedIssuers
  /** What the HTTP server hands over. */
  readonly mounts: readonly ProtocolMount[]
  /** Clients that a user allowed to act for them. @throws user_not_found */
  /** Without a page: all of them. */
  listConnected(
    context: RequestContext,
    userId: UserId,
    page?: ConsentPage,
  ): Promise<readonly ConnectedApplication[]>
  /** Ends the grants and tokens of the client at once. @throws grant_not_found */
  disconnect(context: UserContext, userId: UserId, clientId: ClientId): Promise<void>
  listAuthenticationRequests(context: UserContext): Promise<readonly AuthenticationRequest[]>
  /** @throws authentication_request_not_found */
  answerAuthenticationRequest(
    context: UserContext,
    answer: { readonly id: string; readonly isApproved: boolean },
  ): Promise<void>
  issueRegistrationToken(context: RequestContext): Promise<RegistrationToken>
  /** Whether a signed token of a client still counts, and the client may open our own API by now. */
  opensOwnApi(context: RequestContext, claims: Readonly<Record<string, unknown>>): Promise<boolean>
  /** Whose token for the interfaces of clients that is. @throws invalid_token */
  authenticateClient(context: RequestContext, accessToken: string): Promise<AuthenticatedClient>
  /** undefined: the client is gone or disabled, or may not hear of users any more. */
  findSubjects(context: RequestContext, clientId: ClientId): Promise<ClientSubjects | undefined>
  asSessionReplacementPort(): SessionReplacementPort
  /** Tells clients of sessions that have ended: back-channel logout. */
  tellEndedSessions(context: RequestContext): Promise<void>
  /** Deletes what has expired. */
  purge(context: RequestContext): Promise<void>
}

export type OAuthOptions = Omit<
  EngineServices,
  'clients' | 'remembered' | 'clientTokens' | 'pairwise' | 'issuerKeys'
>

export function createOAuth(options: OAuthOptions): OAuth {
  const clients = createClients(options)
  const services: EngineServices = {
    ...options,
    clients,
    remembered: new RememberedClients(MAX_REMEMBERED_CLIENTS),
    clientTokens: new ClientTokens(options),
    pairwise: new PairwiseSecrets(options),
    issuerKeys: new IssuerKeys(options),
  }
  const registry = new ProviderRegistry(services)
  const requests = { ...services, registry }
  return {
    clients,
    trustedIssuers: createTrustedIssuers(options),
    mounts: [
      {
        name: 'oauth',
        paths: [
          '/oauth/*',
          '/.well-known/openid-configuration',
          '/.well-known/oauth-authorization-server',
        ],
        limit: { limit: 3_000, window: minutes(1) },
        isForm: (path) =>
          path.startsWith(`${ROUTES.end_session}/confirm`) || path === ROUTES.code_verification,
        handle: (exchange) => handleProtocol(services, registry, exchange),
      },
      {
        name: 'oauth-interaction',
        paths: ['/interaction/:uid'],
        limit: { limit: 300, window: minutes(1) },
        isForm: () => true,
        handle: (exchange) => handleInteraction(services, registry, exchange),
      },
    ],
    listConnected: (...asked) => listConnected(options.database, ...asked),
    disconnect: (context, ...target) => disconnect(options.database, context, ...target),
    listAuthenticationRequests: (context) => listAuthenticationRequests(requests, context),
    answerAuthenticationRequest: (...answer) => answerAuthenticationRequest(requests, ...answer),
    issueRegistrationToken: (context) => issueRegistrationToken(requests, context),
    opensOwnApi: (context, claims) => opensOwnApi(services, context, claims),
    authenticateClient: (context, token) => authenticateClient(services, context, token),
    findSubjects: (context, clientId) => findClientSubjects(services, context, clientId),
    asSessionReplacementPort: () => ({
      sessionReplaced: async (tx, { userId, from, to }) => {
        await tx.run(moveGrants(userId, from, to))
      },
    }),
    tellEndedSessions: (context) =>
      tellEndedSessions(services, () => registry.get(context.tenant), context),
    purge: (context) => purge(options.database, context),
  }
}

async function purge(database: Database, { tenant, clock }: RequestContext): Promise<void> {
  const now = clock.now()
  await database.tenantBatch(tenant.id, [
    ...purgeRecords(now),
    purgeGrants(now),
    purgeDeniedTokens(now),
    purgeDocumentClients(now),
  ])
}
