import { AppError, type RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { type AuditEntry, record } from '../../audit/index.ts'
import { checkRiskOfTokens } from '../../sign-in/index.ts'
import { GRANT_TYPES } from '../clients/profiles.ts'
import type { ClientToken } from './client-tokens.ts'
import type { EngineServices } from './engine-services.ts'
import { type GateRefusal, judgeClient, judgeGrant } from './gate.ts'
import { hashRecordId } from './record-payload.ts'
import { consumeRecord, findRecord } from './record-store.ts'
import { sealSuccessor } from './refresh-successor.ts'
import { findRepeatedRefresh, isSuccessorUnused } from './repeated-refresh.ts'
import {
  currentScope,
  type HeldConsumption,
  type HeldWrites,
  type IssuedToken,
} from './request-scope.ts'
import { clientOf } from './resource-servers.ts'
import { tokenIssued } from './token-issued.ts'

export interface RefusedTokens {
  readonly reason: GateRefusal | 'used_before' | 'risk_refused'
}

/**
 * Everything that the token endpoint does, in one transaction: the gate for each access token, the
 * consumption of what was presented, the new tokens, the audit event. Until here was only checked
 * and computed. Afterwards the scope says whether a refresh was a repetition.
 * @returns why it was refused; then nothing has changed
 */
export async function issueTokens(
  services: EngineServices,
  grantType: string,
): Promise<RefusedTokens | undefined> {
  const scope = currentScope()
  const { held, context } = scope
  if (held === undefined || held.tokens.length === 0) {
    throw new TypeError('a token response without an access token')
  }
  if (await isTooRisky(services, grantType, held)) return { reason: 'risk_refused' }
  const ownToken = clientTokenOf(context, held)
  if (ownToken !== undefined) {
    const isIssued = await services.clientTokens.issue(ownToken)
    return isIssued ? undefined : { reason: 'client_disabled' }
  }
  try {
    await services.database.sharedTransaction(context.tenant.id, async (tx) => {
      // Written first, to share the round trip of the questions: a refusal undoes it.
      for (const { kind, statement } of held.statements) {
        if (scope.repeated === undefined || kind !== 'RefreshToken') await tx.later(statement)
      }
      await record(tx, context, issuedEvent(grantType, held))
      await judgeAndConsume(services, tx, held)
    })
  } catch (error) {
    if (!(error instanceof IssueRefused)) throw error
    if (error.reason !== 'used_before') return { reason: error.reason }
    return repeat(services, grantType, held)
  }
  return undefined
}

/**
 * Asked before the transaction, which would otherwise wait for a provider elsewhere. What a client
 * alone gets has no user to judge. A refusal ends the session and is recorded by what judges.
 */
async function isTooRisky(
  services: EngineServices,
  grantType: string,
  { tokens }: HeldWrites,
): Promise<boolean> {
  const { context, grants } = currentScope()
  try {
    for (const token of tokens) {
      const grant = token.grantId === undefined ? undefined : grants.get(token.grantId)
      if (grant === undefined) continue
      const action = grantType === GRANT_TYPES.refresh ? 'refresh' : 'sign_in'
      await checkRiskOfTokens(services, context, grant, action)
    }
    return false
  } catch (error) {
    if (error instanceof AppError && error.code === 'risk_refused') return true
    throw error
  }
}

/** Lost against another request with the same refresh token: within the grace that is no crime. */
async function repeat(
  services: EngineServices,
  grantType: string,
  held: HeldWrites,
): Promise<RefusedTokens | undefined> {
  const scope = currentScope()
  const [use] = held.consumptions
  if (use?.kind !== 'RefreshToken' || scope.repeated !== undefined) return { reason: 'used_before' }
  const now = scope.context.clock.now()
  const [rows] = await services.database.tenantBatch(scope.context.tenant.id, [
    findRecord(use.kind, hashRecordId(use.kind, use.id), now),
  ])
  const repeated = rows[0] === undefined ? undefined : findRepeatedRefresh(scope, use.id, rows[0])
  if (repeated === undefined || !(await isSuccessorUnused(services.database, scope, repeated))) {
    return { reason: 'used_before' }
  }
  scope.repeated = repeated
  return issueTokens(services, grantType)
}

/** The one signed token that a client gets for itself, of which nothing is stored. */
function clientTokenOf(
  context: RequestContext,
  { tokens, statements, consumptions }: HeldWrites,
): ClientToken | undefined {
  const [token] = tokens
  const isAlone = tokens.length === 1 && token?.kind === 'ClientCredentials'
  if (!isAlone || statements.length > 0 || consumptions.length > 0) return undefined
  return { context, clientId: clientOf(token.clientId).id, jti: tokenReference(token) }
}

/** All questions and all claims in one round trip; what is refused rolls back what was claimed. */
async function judgeAndConsume(services: EngineServices, tx: Tx, held: HeldWrites): Promise<void> {
  const uses = currentScope().repeated === undefined ? held.consumptions : []
  const [refusals, isConsumed] = await Promise.all([
    Promise.all(held.tokens.map((token) => judge(services, tx, token))),
    Promise.all(uses.map((use) => consume(tx, use, held))),
  ])
  const refusal = refusals.find((reason) => reason !== undefined)
  if (refusal !== undefined) throw new IssueRefused(refusal)
  if (isConsumed.includes(false)) throw new IssueRefused('used_before')
}

async function judge(
  services: EngineServices,
  tx: Tx,
  token: IssuedToken,
): Promise<GateRefusal | undefined> {
  const { context, held } = currentScope()
  const { id } = clientOf(token.clientId)
  const clientId = held?.exchange?.grantClientId ?? id
  if (token.kind === 'ClientCredentials') return (await judgeClient(tx, id)).refusal
  const grantId = token.grantId ?? ''
  const [own, refusal] = await Promise.all([
    clientId === id ? undefined : judgeClient(tx, id),
    judgeGrant(services, tx, context, { clientId, grantId }),
  ])
  return own?.refusal ?? refusal
}

async function consume(tx: Tx, { kind, id }: HeldConsumption, held: HeldWrites): Promise<boolean> {
  const { context } = currentScope()
  const successor =
    kind === 'RefreshToken' && held.successor !== undefined
      ? sealSuccessor(context.tenant.id, id, held.successor)
      : undefined
  const use = { now: context.clock.now(), successor }
  return (await tx.first(consumeRecord(kind, hashRecordId(kind, id), use))) !== undefined
}

function issuedEvent(grantType: string, { tokens }: HeldWrites): AuditEntry {
  const [token] = tokens
  const jti = token === undefined ? '' : tokenReference(token)
  const clientId = token === undefined ? '' : clientOf(token.clientId).id
  return tokenIssued({ grantType, clientId, jti, userId: token?.accountId })
}

/** The id of an opaque token is the token: the trail gets only the ids of signed ones. */
function tokenReference(token: IssuedToken): string {
  return token.format === 'jwt' ? token.jti : 'opaque'
}

class IssueRefused extends Error {
  readonly reason: RefusedTokens['reason']

  constructor(reason: RefusedTokens['reason']) {
    super(reason)
    this.reason = reason
  }
}
