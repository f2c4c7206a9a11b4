import { newId, type RequestContext, type TenantId } from '../../kernel/index.ts'
import {
  type Database,
  databaseErrors,
  isUniqueViolation,
  type Tx,
} from '../../platform/db/index.ts'
import { checkIfMatch } from '../../platform/http/index.ts'
import { record } from '../audit/index.ts'
import { tenantErrors } from './errors.ts'
import { SYSTEM_TENANT_SLUG, type Tenant } from './model.ts'
import { entityTagOf } from './schema.ts'
import { type TenantSettingsPatch, tenantSettingsSchema, toPolicy } from './settings.ts'
import {
  findTenant,
  findTenantBySlug,
  insertTenant,
  listTenants,
  lockTenant,
  updateTenantRow,
} from './store.ts'

export interface TenantChange {
  readonly name?: string | undefined
  readonly status?: Tenant['status'] | undefined
  readonly settings?: TenantSettingsPatch | undefined
}

export interface Tenants {
  /** Without a cache; answers suspended tenants too. */
  findBySlug(slug: string): Promise<Tenant | undefined>
  /** @throws tenant_slug_taken */
  create(context: RequestContext, input: NewTenant): Promise<Tenant>
  /** @throws tenant_not_found */
  get(context: RequestContext, id: TenantId): Promise<Tenant>
  /**
   * @param ifMatch tags of which one must be the tenant's; undefined: any
   * @throws tenant_not_found, tenant_protected, precondition_failed
   */
  update(
    context: RequestContext,
    id: TenantId,
    change: TenantChange,
    ifMatch?: readonly string[],
  ): Promise<Tenant>
  list(page: { after: TenantId | undefined; limit: number }): Promise<Tenant[]>
}

export interface NewTenant {
  readonly slug: string
  readonly name: string
  readonly settings?: TenantSettingsPatch | undefined
}

/** Called after the commit, for what follows from stricter rules; it may be called again. */
export type OnTenantUpdated = (context: RequestContext) => Promise<unknown>

/** `context.tenant` of every changing call is the `system` tenant, in whose trail it is recorded. */
export function createTenants(
  database: Database,
  base: string,
  onUpdated: OnTenantUpdated = async () => undefined,
): Tenants {
  return {
    findBySlug: (slug) => database.withoutTenant((tx) => findTenantBySlug(tx, base, slug)),
    create: (context, input) =>
      database.withOperator(context.tenant.id, (tx) => createTenant(tx, context, base, input)),
    get: (context, id) => database.withOperator(context.tenant.id, (tx) => getTenant(tx, base, id)),
    update: async (context, id, change, ifMatch) => {
      const updated = await database.withOperator(context.tenant.id, (tx) =>
        updateTenant(tx, context, base, { id, change, ifMatch }),
      )
      if (updated.status === 'active') await onUpdated({ ...context, tenant: updated })
      return updated
    },
    list: (page) => database.withOperator(undefined, (tx) => listTenants(tx, base, page)),
  }
}

async function createTenant(tx: Tx, context: RequestContext, base: string, input: NewTenant) {
  const settings = tenantSettingsSchema.parse(input.settings ?? {})
  const tenant: Tenant = {
    id: newId('ten'),
    slug: input.slug,
    issuer: `${base}/t/${input.slug}`,
    name: input.name,
    status: 'active',
    settings,
    policy: toPolicy(settings),
    createdAt: context.clock.now(),
  }
  await insertTenant(tx, tenant).catch((error: unknown) => {
    if (!isUniqueViolation(error, 'tenants__slug')) throw error
    throw tenantErrors.tenant_slug_taken({ cause: error })
  })
  await record(tx, context, {
    action: 'tenant.created',
    outcome: 'success',
    target: { kind: 'tenant', id: tenant.id },
    details: { slug: tenant.slug },
  })
  return tenant
}

async function getTenant(tx: Tx, base: string, id: TenantId): Promise<Tenant> {
  const tenant = await findTenant(tx, base, id)
  if (tenant === undefined) throw databaseErrors.tenant_not_found()
  return tenant
}

async function updateTenant(
  tx: Tx,
  context: RequestContext,
  base: string,
  {
    id,
    change,
    ifMatch,
  }: { id: TenantId; change: TenantChange; ifMatch: readonly string[] | undefined },
): Promise<Tenant> {
  const before = await lockTenant(tx, base, id)
  if (before === undefined) throw databaseErrors.tenant_not_found()
  checkIfMatch(ifMatch, entityTagOf(before))
  if (before.slug === SYSTEM_TENANT_SLUG && change.status === 'suspended') {
    throw tenantErrors.tenant_protected()
  }
  const settings = tenantSettingsSchema.parse({ ...before.settings, ...change.settings })
  const after: Tenant = {
    ...before,
    name: change.name ?? before.name,
    status: change.status ?? before.status,
    settings,
    policy: toPolicy(settings),
  }
  await updateTenantRow(tx, after, context.clock.now())
  await record(tx, context, {
    action: eventOf(before, after),
    outcome: 'success',
    target: { kind: 'tenant', id },
    details: { changed: Object.keys(change.settings ?? {}) },
  })
  return after
}

function eventOf(before: Tenant, after: Tenant): string {
  if (before.status === after.status) return 'tenant.updated'
  return after.status === 'suspended' ? 'tenant.suspended' : 'tenant.resumed'
}
