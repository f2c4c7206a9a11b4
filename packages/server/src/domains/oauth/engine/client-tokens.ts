import {
  type ClientId,
  newId,
  type RequestContext,
  type TenantId,
  toUuid,
} from '../../../kernel/index.ts'
import {
  Coalescer,
  type Database,
  KeyedCoalescer,
  type Statement,
  sql,
} from '../../../platform/db/index.ts'
import { GRANT_TYPES } from '../clients/profiles.ts'
import { tokenIssued } from './token-issued.ts'

/** A signed token that a client gets for itself. Nothing of it is stored but the event. */
export interface ClientToken {
  readonly context: RequestContext
  readonly clientId: ClientId
  readonly jti: string
  /** What was gone by without asking: the client in that version, proven by that secret. */
  readonly known?: { readonly version: number; readonly secretHash: Buffer }
}

type Planned = ClientToken & { readonly eventId: string }

/**
 * The gate and the record of `client_credentials`. Tokens that many clients of a tenant ask for at
 * the same time are judged and recorded in one statement and one commit, each on its own.
 */
export class ClientTokens {
  readonly #batches: KeyedCoalescer<TenantId, Planned, boolean>

  constructor({ database }: { readonly database: Database }) {
    // One commit under way, and whoever comes meanwhile in the next: two cost more than they gain.
    const limits = { maxBatch: 100, maxInFlight: 1 }
    this.#batches = new KeyedCoalescer(
      (tenant) => new Coalescer((batch) => issueBatch(database, tenant, batch), limits),
    )
  }

  /** @returns false if the client gets none; then nothing was written */
  issue(token: ClientToken): Promise<boolean> {
    const eventId = toUuid(newId('evt'))
    return this.#batches.submit(token.context.tenant.id, { ...token, eventId })
  }
}

async function issueBatch(
  database: Database,
  tenant: TenantId,
  batch: readonly Planned[],
): Promise<boolean[]> {
  const [rows] = await database.tenantBatch(tenant, [issueStatement(batch)])
  const issued = new Set(rows.map((row) => row.event_id))
  return batch.map(({ eventId }) => issued.has(eventId))
}

/**
 * A LATERAL with LIMIT 1 is a look-up by primary key, whatever the planner believes about the
 * tenant; see `rotateStatement`. The sub-select lets it plan once; see `findLiveSessions`.
 */
function issueStatement(batch: readonly Planned[]): Statement<{ readonly event_id: string }> {
  const now = batch[0]?.context.clock.now()
  const entries = batch.map(({ clientId, jti }) =>
    tokenIssued({ grantType: GRANT_TYPES.clientCredentials, clientId, jti }),
  )
  return sql<{ event_id: string }>`
    WITH issued AS MATERIALIZED (
      SELECT i.event_id, i.target_id, i.details, i.request_id, i.source_ip
        FROM unnest((SELECT ${batch.map((one) => one.eventId)}::uuid[]),
                    ${batch.map((one) => toUuid(one.clientId))}::uuid[],
                    ${batch.map((one) => one.clientId)}::text[],
                    ${batch.map((one) => one.known?.version ?? null)}::integer[],
                    ${batch.map((one) => one.known?.secretHash ?? null)}::bytea[],
                    ${entries.map(({ details }) => JSON.stringify(details))}::text[],
                    ${batch.map((one) => toUuid(one.context.requestId))}::uuid[],
                    ${batch.map((one) => one.context.source.ip)}::text[])
             AS i (event_id, client_id, target_id, version, secret_hash, details, request_id, source_ip)
       CROSS JOIN LATERAL (
               SELECT c.version FROM oauth_clients c
                WHERE c.tenant_id = current_tenant_id() AND c.id = i.client_id
                  AND c.status = 'active' LIMIT 1) c
        LEFT JOIN LATERAL (
               SELECT true AS is_good FROM oauth_client_secrets s
                WHERE s.tenant_id = current_tenant_id() AND s.client_id = i.client_id
                  AND s.secret_hash = i.secret_hash
                  AND (s.expires_at IS NULL OR s.expires_at > ${now}) LIMIT 1) s ON true
       WHERE (i.version IS NULL OR i.version = c.version)
         AND (i.secret_hash IS NULL OR s.is_good)
    ), recorded AS (
      INSERT INTO audit_events (tenant_id, id, occurred_at, action, outcome, actor_kind, target_kind,
                                target_id, request_id, source_ip, details)
      SELECT current_tenant_id(), event_id, ${now}, ${entries[0]?.action}, 'success', 'anonymous',
             'client', target_id, request_id, source_ip, details::jsonb
        FROM issued
    )
    SELECT event_id FROM issued`
}
