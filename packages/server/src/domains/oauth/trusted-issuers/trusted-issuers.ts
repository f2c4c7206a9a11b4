import { newId, type RequestContext } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { oauthErrors } from '../errors.ts'
import type { NewTrustedIssuer, TrustedIssuer, TrustedIssuerId } from './model.ts'
import {
  deleteTrustedIssuer,
  insertTrustedIssuer,
  listTrustedIssuers,
  toTrustedIssuer,
} from './store.ts'

/** The issuers whose assertions count in a tenant (RFC 7523 §2.1). */
export interface TrustedIssuers {
  /** @throws trusted_issuer_exists, trusted_issuer_is_own */
  create(context: RequestContext, input: NewTrustedIssuer): Promise<TrustedIssuer>
  /** Newest first. */
  list(
    context: RequestContext,
    page: { readonly after: TrustedIssuerId | undefined; readonly limit: number },
  ): Promise<readonly TrustedIssuer[]>
  /** @throws trusted_issuer_not_found */
  remove(context: RequestContext, id: TrustedIssuerId): Promise<void>
}

export function createTrustedIssuers({
  database,
}: {
  readonly database: Database
}): TrustedIssuers {
  return {
    create: (context, input) => create(database, context, input),
    list: async ({ tenant }, { after, limit }) => {
      const [rows] = await database.tenantBatch(tenant.id, [listTrustedIssuers(after, limit)])
      return rows.map(toTrustedIssuer)
    },
    remove: (context, id) => remove(database, context, id),
  }
}

async function create(
  database: Database,
  context: RequestContext,
  input: NewTrustedIssuer,
): Promise<TrustedIssuer> {
  // Attack: what we sign for one purpose comes back as somebody's word about a user.
  if (input.issuer === context.tenant.issuer) throw oauthErrors.trusted_issuer_is_own()
  const trusted: TrustedIssuer = { ...input, id: newId('tis'), createdAt: context.clock.now() }
  return database.withTenant(context.tenant.id, async (tx) => {
    if ((await tx.first(insertTrustedIssuer(trusted))) === undefined) {
      throw oauthErrors.trusted_issuer_exists()
    }
    await record(tx, context, {
      action: 'trusted_issuer.created',
      outcome: 'success',
      target: { kind: 'trusted_issuer', id: trusted.id },
      details: { issuer: trusted.issuer, clients: trusted.clientIds, scopes: trusted.scopes },
    })
    return trusted
  })
}

function remove(database: Database, context: RequestContext, id: TrustedIssuerId): Promise<void> {
  return database.withTenant(context.tenant.id, async (tx) => {
    const row = await tx.first(deleteTrustedIssuer(id))
    if (row === undefined) throw oauthErrors.trusted_issuer_not_found()
    await record(tx, context, {
      action: 'trusted_issuer.deleted',
      outcome: 'success',
      target: { kind: 'trusted_issuer', id },
      details: { issuer: row.issuer },
    })
  })
}
