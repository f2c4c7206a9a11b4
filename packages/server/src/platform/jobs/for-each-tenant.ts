import {
  type Clock,
  newId,
  type RequestContext,
  type TenantId,
  type TenantRef,
  type TenantStatus,
} from '../../kernel/index.ts'
import type { Logger } from '../telemetry/index.ts'

export type ListedTenant = TenantRef & { readonly status: TenantStatus }

/** Tenants in a stable order of their ids, those after `after`, `limit` at most. */
export type ListTenants = (page: {
  readonly after: TenantId | undefined
  readonly limit: number
}) => Promise<readonly ListedTenant[]>

export interface ForEachTenantOptions {
  readonly listTenants: ListTenants
  readonly logger: Logger
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/**
 * Runs `work` for every active tenant, one after the other. A tenant whose work fails is logged
 * and does not keep the others from theirs.
 * @throws Error at the end, if any tenant failed, so that the job is repeated; at once, when
 * `signal` is aborted
 */
export async function forEachTenant(
  { listTenants, logger, clock, signal }: ForEachTenantOptions,
  jobName: string,
  work: (context: RequestContext) => Promise<void>,
): Promise<void> {
  let failures = 0
  for await (const tenant of activeTenants(listTenants)) {
    signal?.throwIfAborted()
    try {
      await work(createContext(tenant, clock))
    } catch (err) {
      failures += 1
      logger.error('maintenance.tenant_failed', { jobName, tenant: tenant.slug, err })
    }
  }
  if (failures > 0) throw new Error(`${failures} tenant(s) failed`)
}

async function* activeTenants(listTenants: ListTenants): AsyncGenerator<ListedTenant> {
  let after: TenantId | undefined
  while (true) {
    const page = await listTenants({ after, limit: TENANTS_PER_PAGE })
    yield* page.filter(({ status }) => status === 'active')
    after = page.at(-1)?.id
    if (page.length < TENANTS_PER_PAGE) return
  }
}

/** The audit trail reads the source `internal` as the system itself. */
function createContext(tenant: TenantRef, clock: Clock): RequestContext {
  return {
    requestId: newId('req'),
    tenant,
    principal: undefined,
    source: { ip: 'internal', userAgent: undefined },
    clock,
  }
}

const TENANTS_PER_PAGE = 200
