import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import { databaseErrors } from '../../platform/db/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Reply,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { tenantErrors } from './errors.ts'
import type { Tenant } from './model.ts'
import {
  createTenantSchema,
  entityTagOf,
  presentTenant,
  tenantSchema,
  updateTenantSchema,
} from './schema.ts'
import type { TenantDirectory } from './tenant-directory.ts'
import type { Tenants } from './tenants.ts'

const params = z.strictObject({ tenant_id: typedId('ten') })
const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const query = pageQuery.extend({ after: typedId('ten').optional() })

export interface TenantRouteServices {
  readonly tenants: Tenants
  readonly directory: TenantDirectory
}

/** The operators' view of tenants. The paths exist for the `system` tenant only. */
export function tenantRoutes(services: TenantRouteServices): readonly Route[] {
  return [listRoute(services), getRoute(services), createRoute(services), updateRoute(services)]
}

const listRoute = ({ tenants }: TenantRouteServices) =>
  defineRoute({
    id: 'listTenants',
    method: 'GET',
    path: '/api/system/tenants',
    tag: 'Tenants',
    summary: 'List the tenants of this installation',
    auth: { kind: 'permission', permission: 'tenants.read' },
    audit: { none: 'a read of what the operator administers' },
    rateLimit,
    operatorOnly: true,
    query,
    responses: { 200: { description: 'A page of tenants', schema: pageOf(tenantSchema) } },
    errors: [],
    handler: async (_, { query: { after, limit } }) => {
      const page = toPage(await tenants.list({ after, limit: limit + 1 }), limit)
      return { status: 200, body: { data: page.items.map(presentTenant), next: page.next } }
    },
  })

const getRoute = ({ tenants }: TenantRouteServices) =>
  defineRoute({
    id: 'getTenant',
    method: 'GET',
    path: '/api/system/tenants/{tenant_id}',
    tag: 'Tenants',
    summary: 'Show one tenant',
    auth: { kind: 'permission', permission: 'tenants.read' },
    audit: { none: 'a read of what the operator administers' },
    rateLimit,
    operatorOnly: true,
    params,
    responses: { 200: { description: 'The tenant', schema: tenantSchema } },
    errors: [databaseErrors.tenant_not_found],
    handler: async (context, { params: { tenant_id } }) =>
      showTenant(200, await tenants.get(context, tenant_id)),
  })

const createRoute = ({ tenants, directory }: TenantRouteServices) =>
  defineRoute({
    id: 'createTenant',
    method: 'POST',
    path: '/api/system/tenants',
    tag: 'Tenants',
    summary: 'Create a tenant',
    auth: { kind: 'permission', permission: 'tenants.write' },
    audit: { events: ['tenant.created'] },
    rateLimit,
    operatorOnly: true,
    body: createTenantSchema,
    responses: { 201: { description: 'The new tenant', schema: tenantSchema } },
    errors: [
      tenantErrors.tenant_slug_taken,
      tenantErrors.tenant_settings_refused,
      tenantErrors.country_rules_unavailable,
      tenantErrors.sanctions_list_unavailable,
    ],
    handler: async (context, { body }) => {
      const tenant = await tenants.create(context, body)
      directory.forget(tenant.slug)
      return showTenant(201, tenant)
    },
  })

const updateRoute = ({ tenants, directory }: TenantRouteServices) =>
  defineRoute({
    id: 'updateTenant',
    method: 'PATCH',
    path: '/api/system/tenants/{tenant_id}',
    tag: 'Tenants',
    summary: 'Rename, configure, suspend or resume a tenant',
    description: 'With `If-Match`, the change is refused if the tenant was changed since.',
    isConditional: true,
    auth: { kind: 'permission', permission: 'tenants.write' },
    audit: { events: ['tenant.updated', 'tenant.suspended', 'tenant.resumed'] },
    rateLimit,
    operatorOnly: true,
    params,
    body: updateTenantSchema,
    responses: { 200: { description: 'The tenant as it is now', schema: tenantSchema } },
    errors: [
      databaseErrors.tenant_not_found,
      tenantErrors.tenant_protected,
      tenantErrors.tenant_settings_refused,
      tenantErrors.own_source_excluded,
      tenantErrors.country_rules_unavailable,
      tenantErrors.sanctions_list_unavailable,
    ],
    handler: async (context, { params: { tenant_id }, body, ifMatch }) => {
      const { exclude_own_source: excludesOwnSource, ...rest } = body
      const change = { ...rest, excludesOwnSource }
      const tenant = await tenants.update(context, tenant_id, change, ifMatch)
      directory.forget(tenant.slug)
      return showTenant(200, tenant)
    },
  })

function showTenant(status: 200 | 201, tenant: Tenant): Reply {
  return { status, body: presentTenant(tenant), entityTag: entityTagOf(tenant) }
}
