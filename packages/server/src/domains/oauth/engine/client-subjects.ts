import type {
  ClientId,
  RequestContext,
  RequestId,
  SessionId,
  UserId,
} from '../../../kernel/index.ts'
import { parseId } from '../../../kernel/index.ts'
import { signalsResourceOf } from '../own-resources.ts'
import type { EngineServices } from './engine-services.ts'
import { openScope } from './open-scope.ts'
import { runInScope } from './request-scope.ts'
import { scopesAt } from './resource-servers.ts'
import { causeFor, findUserBySubject, sessionIdFor, subjectFor } from './subject-for.ts'

/** How one client names users and sessions, outside of any request of it. */
export interface ClientSubjects {
  subjectFor(userId: UserId): Promise<string>
  sessionIdFor(sessionId: SessionId): Promise<string>
  /** The request that caused something. */
  causeFor(requestId: RequestId): Promise<string>
  /** undefined for a name that the client can have from nobody. */
  findUser(subject: string): Promise<UserId | undefined>
}

/** @returns undefined if the client is gone or disabled, or may not hear of users any more */
export async function findClientSubjects(
  services: EngineServices,
  context: RequestContext,
  id: ClientId,
): Promise<ClientSubjects | undefined> {
  const client = await services.clients.findActive(context, id)
  if (client === undefined) return undefined
  const { tenant } = context
  const scopes = scopesAt(tenant, client, signalsResourceOf(tenant.issuer)) ?? []
  if (scopes.length === 0) return undefined
  const opened = await openScope(services, { context, sessionCookie: undefined, path: '' })
  const isPairwise = client.metadata.subject_type === 'pairwise'
  const pairwiseSecret = isPairwise ? await services.pairwise.get(context) : undefined
  const named = <T>(name: () => T) => runInScope({ ...opened, pairwiseSecret }, async () => name())
  return {
    subjectFor: (userId) => named(() => subjectFor(client, userId)),
    sessionIdFor: (sessionId) => named(() => sessionIdFor(client, sessionId)),
    causeFor: (requestId) => named(() => causeFor(client, requestId)),
    findUser: (subject) => named(() => parseId('usr', findUserBySubject(client, subject) ?? '')),
  }
}
