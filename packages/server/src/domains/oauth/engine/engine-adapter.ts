import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import { parseId, toNumericDate } from '../../../kernel/index.ts'
import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Database, Statement } from '../../../platform/db/index.ts'
import { clientIdOf } from '../clients/client-document.ts'
import type { Clients } from '../clients/clients.ts'
import type { RememberedClients } from '../clients/remembered-clients.ts'
import { loadDocumentClient } from './document-client.ts'
import { registerClient } from './dynamic-registration.ts'
import { toEngineClient } from './engine-client.ts'
import { findGrant, revokeGrant, toGrantFacts, upsertGrant } from './grant-store.ts'
import type { EngineServices } from './engine-services.ts'
import type { PairwiseSecrets } from './pairwise-secrets.ts'
import { findRepeatedRefresh, isSuccessorUnused } from './repeated-refresh.ts'
import {
  hashRecordId,
  hashUserCode,
  openPayload,
  type Payload,
  sealPayload,
} from './record-payload.ts'
import {
  consumeRecord,
  deleteRecord,
  deleteRecordsOfGrant,
  findRecord,
  findRecordByUserCode,
  type RecordRow,
  type RecordWithGrantRow,
  upsertRecord,
} from './record-store.ts'
import { currentScope, type RepeatedRefresh } from './request-scope.ts'

export interface AdapterServices {
  readonly database: Database
  readonly sealer: Sealer
  readonly clients: Clients
  readonly remembered: RememberedClients
  readonly pairwise: PairwiseSecrets
  readonly fetch?: EngineServices['fetch']
  readonly limiter: EngineServices['limiter']
}

/** Where the engine keeps what it calls by that name. */
export function createEngineAdapter(services: AdapterServices, kind: string): Adapter {
  if (kind === 'Client') return clientAdapter(services)
  if (kind === 'Grant') return grantAdapter(services)
  return recordAdapter(services, kind)
}

const unsupported = async (): Promise<undefined> => {
  throw new TypeError('the engine asked for what is not stored this way')
}

function clientAdapter(services: AdapterServices): Adapter {
  const { clients, remembered, pairwise } = services
  return {
    find: async (text) => {
      const id = parseId('cli', text)
      const scope = currentScope()
      const client =
        scope.clients.get(text) ??
        (id === undefined
          ? await loadDocumentClient(services, text)
          : await clients.findActive(scope.context, id))
      if (client === undefined) return undefined
      scope.clients.set(text, client).set(client.id, client)
      if (id !== undefined) remembered.note(scope.context.tenant.id, client)
      if (client.metadata.subject_type === 'pairwise') {
        scope.pairwiseSecret ??= await pairwise.get(scope.context)
      }
      return { ...toEngineClient(client), client_id: text }
    },
    upsert: (_id, metadata) => registerClient(services, metadata),
    findByUid: unsupported,
    findByUserCode: unsupported,
    consume: unsupported,
    destroy: unsupported,
    revokeByGrantId: unsupported,
  }
}

function grantAdapter({ database }: AdapterServices): Adapter {
  const run = runner(database)
  const read = reader(database)
  return {
    find: async (id) => {
      const { grants, context } = currentScope()
      const known = grants.get(id)
      if (known !== undefined) return known.payload
      const row = await read(findGrant(id, context.clock.now()))
      if (row === undefined) return undefined
      grants.set(id, toGrantFacts(row))
      return row.payload
    },
    upsert: async (id, payload, expiresIn = 0) => {
      const { context, live, grants } = currentScope()
      const now = context.clock.now()
      const clientId = clientIdOf(context.tenant.id, payload.clientId ?? '')
      const userId = parseId('usr', payload.accountId ?? '')
      // INVARIANT: a grant belongs to the session in which its user allowed it, and to no other.
      if (clientId === undefined || userId === undefined || live?.userId !== userId) {
        throw new TypeError('a grant needs its client, its user and the session of that user')
      }
      grants.delete(id)
      await run(
        upsertGrant({
          id,
          clientId,
          userId,
          sessionId: live.sessionId,
          isOffline: isOffline(payload as unknown as Payload),
          payload,
          createdAt: now,
          expiresAt: new Date(now.getTime() + expiresIn * 1000),
        }),
      )
    },
    destroy: async (id) => {
      const { grants, context } = currentScope()
      grants.delete(id)
      await run(revokeGrant(id, context.clock.now()))
    },
    findByUid: unsupported,
    findByUserCode: unsupported,
    consume: unsupported,
    revokeByGrantId: unsupported,
  }
}

function isOffline({ openid }: Payload): boolean {
  const scope = (openid as { scope?: string } | undefined)?.scope ?? ''
  return scope.split(' ').includes('offline_access')
}

function recordAdapter(services: AdapterServices, kind: string): Adapter {
  const run = runner(services.database)
  const read = reader(services.database)
  return {
    find: async (id) => {
      const { context } = currentScope()
      const idHash = hashRecordId(kind, id)
      const row = await read(findRecord(kind, idHash, context.clock.now()))
      if (row === undefined || !hasLiveGrant(row)) return undefined
      return present(services, kind, row, await findRepeatable(services, kind, id, row))
    },
    findByUserCode: async (userCode) => {
      const { context } = currentScope()
      const row = await read(findRecordByUserCode(hashUserCode(userCode), context.clock.now()))
      return row === undefined ? undefined : present(services, kind, row, undefined)
    },
    findByUid: unsupported,
    upsert: async (id, payload, expiresIn) => {
      const { held } = currentScope()
      const statement = toUpsert(services, kind, { id, payload, expiresIn })
      if (held === undefined) return void (await run(statement))
      if (kind === 'RefreshToken') held.successor = id
      held.statements.push({ kind, statement })
    },
    consume: async (id) => {
      const { held, context } = currentScope()
      if (held !== undefined) return void held.consumptions.push({ kind, id })
      const now = context.clock.now()
      const use = { now, successor: undefined }
      const rows = await run(consumeRecord(kind, hashRecordId(kind, id), use))
      if (rows.length === 0) throw usedBefore(kind)
    },
    destroy: async (id) => void (await run(deleteRecord(kind, hashRecordId(kind, id)))),
    revokeByGrantId: async (grantId) => void (await run(deleteRecordsOfGrant(kind, grantId))),
  }
}

/** A token whose grant does not count any more is not there; one without a grant stands alone. */
function hasLiveGrant(row: RecordWithGrantRow): boolean {
  if (row.record_grant_id === null) return true
  if (row.grant_id === null) return false
  const facts = toGrantFacts(row as Parameters<typeof toGrantFacts>[0])
  currentScope().grants.set(facts.id, facts)
  return true
}

/** Notes in the scope that this refresh repeats an earlier one, if it may. */
async function findRepeatable(
  { database }: AdapterServices,
  kind: string,
  id: string,
  row: RecordRow,
): Promise<RepeatedRefresh | undefined> {
  if (kind !== 'RefreshToken') return undefined
  const scope = currentScope()
  const repeated = findRepeatedRefresh(scope, id, row)
  if (repeated === undefined || !(await isSuccessorUnused(database, scope, repeated))) {
    return undefined
  }
  scope.repeated = repeated
  return repeated
}

function present(
  { sealer }: AdapterServices,
  kind: string,
  row: RecordRow,
  repeated: RepeatedRefresh | undefined,
): AdapterPayload {
  const scope = currentScope()
  const name = { tenant: scope.context.tenant.id, kind, idHash: row.id_hash }
  const payload = openPayload(sealer, name, row.payload_sealed)
  if (row.consumed_at === null || repeated !== undefined) return payload
  return { ...payload, consumed: toNumericDate(row.consumed_at) }
}

interface Upsert {
  readonly id: string
  readonly payload: AdapterPayload
  readonly expiresIn: number | undefined
}

function toUpsert(
  { sealer }: AdapterServices,
  kind: string,
  { id, payload, expiresIn }: Upsert,
): Statement {
  const { context } = currentScope()
  const idHash = hashRecordId(kind, id)
  const now = context.clock.now()
  return upsertRecord({
    kind,
    idHash,
    grantId: payload.grantId,
    clientId: clientIdOf(context.tenant.id, payload.clientId ?? ''),
    userId: parseId('usr', payload.accountId ?? ''),
    userCodeHash:
      typeof payload['userCode'] === 'string' ? hashUserCode(payload['userCode']) : undefined,
    payloadSealed: sealPayload(sealer, { tenant: context.tenant.id, kind, idHash }, payload),
    createdAt: now,
    expiresAt: new Date(now.getTime() + (expiresIn ?? MAX_RECORD_SECONDS) * 1000),
  })
}

function usedBefore(kind: string): Error {
  return kind === 'PushedAuthorizationRequest'
    ? new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    : new errors.InvalidGrant('already used')
}

function runner(database: Database) {
  return async <Row>(statement: Statement<Row>): Promise<readonly Row[]> => {
    const { context } = currentScope()
    const [rows] = await database.tenantBatch(context.tenant.id, [statement])
    return rows
  }
}

/** Reads in the round trip of whatever else is read for that tenant at the moment. */
function reader(database: Database) {
  return async <Row>(statement: Statement<Row>): Promise<Row | undefined> => {
    const { context } = currentScope()
    const [rows] = await database.sharedBatch(context.tenant.id, [statement])
    return rows[0]
  }
}

/** For things that the engine gives no lifetime. */
const MAX_RECORD_SECONDS = 86_400
