import type { Application } from '../composition/compose.ts'
import type { Infrastructure } from '../composition/infrastructure.ts'
import type { Tenant } from '../domains/tenants/index.ts'
import { AppError, newId, type RequestContext } from '../kernel/index.ts'
import { sql } from '../platform/db/index.ts'
import { selectRowSecurity } from '../platform/db/row-security.ts'
import { CliError } from './cli-error.ts'

export interface SchemaFacts {
  readonly migrations: number
  readonly forcedTables: number
}

export interface TenantFacts {
  readonly slug: string
  readonly issuer: string
  readonly users: number
  readonly roles: number
  readonly clients: number
  readonly keyId: string
  readonly keyWasThere: boolean
}

/** What the banner says is read from the database, not assumed. */
export function readSchemaFacts({ database }: Infrastructure): Promise<SchemaFacts> {
  return database.withoutTenant(async (tx) => {
    const history = await tx.first(sql<{ migrations: number }>`
      SELECT count(*)::int AS migrations FROM countersign_migrations`)
    const security = await tx.first(selectRowSecurity())
    return { migrations: history?.migrations ?? 0, forcedTables: security?.forcedTables ?? 0 }
  })
}

/** Makes the first signing key too, so that the first sign-in does not wait for it. */
export async function readTenantFacts(
  { keys, access }: Application,
  { database, clock }: Infrastructure,
  tenant: Tenant,
): Promise<TenantFacts> {
  const source = { ip: 'internal', userAgent: undefined }
  const requestId = newId('req')
  const context: RequestContext = { requestId, tenant, principal: undefined, source, clock }
  const existing = await keys.list(context, { after: undefined, limit: 1 })
  const { keyId } = await keys.signer(tenant).catch(explainUnopenedKey)
  const [users, clients] = await database.tenantBatch(tenant.id, [
    sql<{ n: number }>`SELECT count(*)::int AS n FROM users WHERE tenant_id = current_tenant_id()`,
    sql<{ n: number }>`
      SELECT count(*)::int AS n FROM oauth_clients WHERE tenant_id = current_tenant_id()`,
  ])
  return {
    slug: tenant.slug,
    issuer: tenant.issuer,
    users: users[0]?.n ?? 0,
    clients: clients[0]?.n ?? 0,
    roles: (await access.listRoles(context)).filter((role) => !role.builtIn).length,
    keyId,
    keyWasThere: existing.length > 0,
  }
}

function explainUnopenedKey(error: unknown): never {
  if (error instanceof AppError && error.code === 'signing_key_unavailable') {
    throw new CliError(
      'the signing keys were sealed under another master key: restore it, or start anew with --reset',
    )
  }
  throw error
}
