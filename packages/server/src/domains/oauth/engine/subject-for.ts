import type { RequestId, SessionId, UserId } from '../../../kernel/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { sectorOf } from '../clients/sector.ts'
import { fromPairwise, type PairwiseName, toPairwise } from './pairwise-id.ts'
import { currentScope } from './request-scope.ts'

/** What this client calls that user: `sub` of everything that it is given. */
export function subjectFor(client: ClientWithSecrets, userId: UserId): string {
  const name = nameOf(client)
  return name === undefined ? userId : toPairwise(name, userId)
}

/** `sid`: otherwise two clients would find by it that their users are one. */
export function sessionIdFor(client: ClientWithSecrets, sessionId: SessionId): string {
  const name = nameOf(client)
  return name === undefined ? sessionId : toPairwise(name, sessionId)
}

/** `txn` of security events: otherwise they would find it by what one request caused. */
export function causeFor(client: ClientWithSecrets, requestId: RequestId): string {
  const name = nameOf(client)
  return name === undefined ? requestId : toPairwise(name, requestId)
}

/** Whom this client means; undefined for nobody. */
export function findUserBySubject(client: ClientWithSecrets, subject: string): string | undefined {
  const name = nameOf(client)
  return name === undefined ? subject : fromPairwise(name, subject)
}

function nameOf({ metadata }: ClientWithSecrets): PairwiseName | undefined {
  const sector = metadata.subject_type === 'pairwise' ? sectorOf(metadata) : undefined
  if (sector === undefined) return undefined
  const { pairwiseSecret: secret } = currentScope()
  // It was read together with the client: see `engine-adapter.ts`.
  if (secret === undefined) throw new TypeError('a pairwise client without the secret for it')
  return { secret, sector }
}
