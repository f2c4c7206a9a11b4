import { newId, type RequestContext, type TenantId } from '../../kernel/index.ts'
import {
  type Database,
  databaseErrors,
  isUniqueViolation,
  type Tx,
} from '../../platform/db/index.ts'
import type { PlaceFinder } from '../../platform/geo/index.ts'
import { checkIfMatch } from '../../platform/http/index.ts'
import { record } from '../audit/index.ts'
import { checkSigningRules } from './check-signing-rules.ts'
import { checkListKnown } from './check-screening-change.ts'
import { checkCountriesKnown, checkOwnSource } from './check-source-change.ts'
import { tenantErrors } from './errors.ts'
import { createFindBySlugs } from './find-by-slugs.ts'
import { SYSTEM_TENANT_SLUG, type Tenant } from './model.ts'
import { entityTagOf } from './schema.ts'
import { type TenantSettingsPatch, tenantSettingsSchema, toPolicy } from './settings.ts'
import { findTenant, insertTenant, listTenants, lockTenant, updateTenantRow } from './store.ts'
import type { FindTenants } from './tenant-directory.ts'

export interface TenantChange {
  readonly name?: string | undefined
  readonly status?: Tenant['status'] | undefined
  readonly settings?: TenantSettingsPatch | undefined
  /** The caller knows that the lists will refuse the address that this comes from. */
  readonly excludesOwnSource?: boolean | undefined
}

export interface Tenants {
  /** Without a cache; answers suspended tenants too. */
  findBySlug(slug: string): Promise<Tenant | undefined>
  /** For jobs, which know a tenant by its id; suspended tenants too. */
  findById(id: TenantId): Promise<Tenant | undefined>
  /** The same for many in one statement. */
  readonly findBySlugs: FindTenants
  /**
   * @throws tenant_slug_taken, tenant_settings_refused, country_rules_unavailable,
   * sanctions_list_unavailable
   */
  create(context: RequestContext, input: NewTenant): Promise<Tenant>
  /** @throws tenant_not_found */
  get(context: RequestContext, id: TenantId): Promise<Tenant>
  /**
   * @param ifMatch tags of which one must be the tenant's; undefined: any
   * @throws tenant_not_found, tenant_protected, precondition_failed, tenant_settings_refused,
   * own_source_excluded, country_rules_unavailable, sanctions_list_unavailable
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

export interface TenantOptions {
  readonly onUpdated?: OnTenantUpdated
  /** undefined: nobody can tell where an address is. */
  readonly places?: PlaceFinder | undefined
  /** Whether there is a list that names can be screened against. */
  readonly hasSanctionsList?: boolean
}

/** `context.tenant` of every changing call is the `system` tenant, in whose trail it is recorded. */
export function createTenants(
  database: Database,
  base: string,
  { onUpdated = async () => undefined, places, hasSanctionsList = false }: TenantOptions = {},
): Tenants {
  const findBySlugs = createFindBySlugs(database, base)
  return {
    findBySlug: async (slug) => {
      const [found] = await findBySlugs([slug])
      if (found instanceof Error) throw found
      return found
    },
    findBySlugs,
    findById: (id) => database.withOperator(undefined, (tx) => findTenant(tx, base, id)),
    create: async (context, input) => {
      checkCountriesKnown(input.settings, places)
      checkListKnown(input.settings, hasSanctionsList)
      return database.withOperator(context.tenant.id, (tx) =>
        createTenant(tx, context, base, input),
      )
    },
    get: (context, id) => database.withOperator(context.tenant.id, (tx) => getTenant(tx, base, id)),
    update: async (context, id, change, ifMatch) => {
      checkCountriesKnown(change.settings, places)
      checkListKnown(change.settings, hasSanctionsList)
      const updated = await database.withOperator(context.tenant.id, async (tx) => {
        const after = await updateTenant(tx, context, base, { id, change, ifMatch })
        checkOwnSource(context, { change, policy: after.policy }, places)
        return after
      })
      if (updated.status === 'active') await onUpdated({ ...context, tenant: updated })
      return updated
    },
    list: (page) => database.withOperator(undefined, (tx) => listTenants(tx, base, page)),
  }
}

async function createTenant(tx: Tx, context: RequestContext, base: string, input: NewTenant) {
  const settings = tenantSettingsSchema.parse(input.settings ?? {})
  checkSigningRules(settings)
  const tenant: Tenant = {
    id: newId('ten'),
    slug: input.slug,
    issuer: `${base}/t/${input.slug}`,
    name: input.name,
    status: 'active',
    settings,
    policy: toPolicy(settings),
    signingKeysVersion: 0,
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
  checkSigningRules(settings)
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
    details: {
      changed: Object.keys(change.settings ?? {}),
      ...(change.excludesOwnSource === true ? { excludes_own_source: true } : {}),
    },
  })
  return after
}

function eventOf(before: Tenant, after: Tenant): string {
  if (before.status === after.status) return 'tenant.updated'
  return after.status === 'suspended' ? 'tenant.suspended' : 'tenant.resumed'
}
