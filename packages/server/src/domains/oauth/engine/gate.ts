import {
  ACR,
  type Acr,
  type ClientId,
  hasAssurance,
  type MfaPolicy,
  type RequestContext,
  toUuid,
  type UserId,
} from '../../../kernel/index.ts'
import { sql, type Tx } from '../../../platform/db/index.ts'
import type { ClientMfaRules, Factors } from '../../factors/index.ts'
import { canIssue, type GateFacts, readGateFacts } from '../../sign-in/index.ts'
import { findGrant, toGrantFacts } from './grant-store.ts'
import { currentScope } from './request-scope.ts'

export interface GateServices {
  readonly factors: Pick<Factors, 'within'>
}

/** Why nothing is issued, for the audit trail. The outside gets one answer for all of them. */
export type GateRefusal =
  | 'client_disabled'
  | 'grant_over'
  | 'email_verification_required'
  | 'mfa_enrollment_required'
  | 'mfa_required'
  | 'password_change_required'
  | 'acr_too_weak'
  | 'user_gone'
  | 'user_suspended'
  | 'credential_changed'

/** How the user of a session proved who they are. */
export interface ProvenSubject {
  readonly userId: UserId
  readonly acr: string
  /** @see RFC 8176 */
  readonly amr: readonly string[]
  readonly authTime: Date
}

/**
 * The gate in front of everything that is issued to a client: every access token of every grant
 * passes it in the transaction that writes, and every authorization before its code is made.
 * Attack: a check that was added to one grant is missing from its siblings.
 *
 * It asks: is the client active, does the grant count (session, user, tenant: see
 * `live_oauth_grants`), does `canIssue` of the sign-in let the user pass, is the class of
 * authentication what the client demands.
 */
export async function judgeGrant(
  services: GateServices,
  tx: Tx,
  context: RequestContext,
  { clientId, grantId }: { readonly clientId: ClientId; readonly grantId: string },
): Promise<GateRefusal | undefined> {
  // Whose grant it is was read with the token, so that all questions share one round trip.
  const userId = currentScope().grants.get(grantId)?.userId
  const facts = userId === undefined ? undefined : readGateFacts(services, tx, userId)
  const [client, row] = await Promise.all([
    judgeClient(tx, clientId),
    tx.first(findGrant(grantId, context.clock.now())),
    facts,
  ])
  if (client.refusal !== undefined) return client.refusal
  if (row === undefined) return 'grant_over'
  const grant = toGrantFacts(row)
  if (grant.clientId !== clientId) return 'grant_over'
  const known = grant.userId === userId ? { facts } : {}
  return decide(services, tx, context, { client, clientId, subject: grant, ...known })
}

export async function judgeSubject(
  services: GateServices,
  tx: Tx,
  context: RequestContext,
  { clientId, subject }: { readonly clientId: ClientId; readonly subject: ProvenSubject },
): Promise<GateRefusal | undefined> {
  const facts = readGateFacts(services, tx, subject.userId)
  const [client] = await Promise.all([judgeClient(tx, clientId), facts])
  if (client.refusal !== undefined) return client.refusal
  return decide(services, tx, context, { client, clientId, subject, facts })
}

interface Judged {
  readonly client: ClientMfaRules
  readonly clientId: ClientId
  readonly subject: ProvenSubject
  readonly facts?: Promise<GateFacts> | undefined
}

async function decide(
  services: GateServices,
  tx: Tx,
  context: RequestContext,
  { client: { mfaPolicy, requiredAcr }, clientId, subject, facts }: Judged,
): Promise<GateRefusal | undefined> {
  const decision = await canIssue(services, tx, context, {
    subject: subject.userId,
    client: { id: clientId, mfaPolicy, requiredAcr },
    method: 'session',
    provenAgainst: undefined,
    isFactorProven: hasAssurance(subject, { acr: ACR.mfa }, context.clock.now()),
    amr: subject.amr,
    acr: subject.acr,
    ...(facts === undefined ? {} : { facts }),
  })
  if (decision.kind === 'refuse') return decision.reason
  if (decision.kind === 'step') return decision.step
  if (requiredAcr === undefined) return undefined
  return hasAssurance(subject, { acr: requiredAcr }, context.clock.now())
    ? undefined
    : 'acr_too_weak'
}

/** A client alone: `client_credentials`. */
export async function judgeClient(
  tx: Tx,
  clientId: ClientId,
): Promise<ClientMfaRules & { readonly refusal?: 'client_disabled' }> {
  const row = await tx.first(sql<{ required_acr: Acr | null; mfa_policy: MfaPolicy | null }>`
    SELECT metadata->>'required_acr' AS required_acr, metadata->>'mfa_policy' AS mfa_policy
      FROM oauth_clients
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(clientId)} AND status = 'active'`)
  if (row === undefined) return { refusal: 'client_disabled' }
  return { requiredAcr: row.required_acr ?? undefined, mfaPolicy: row.mfa_policy ?? undefined }
}
