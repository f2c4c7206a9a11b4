import { fileURLToPath } from 'node:url'
import { afterAll, describe } from 'vitest'
import { createTenants, type Tenant } from '../../src/domains/tenants/index.ts'
import { newId, type RequestContext } from '../../src/kernel/index.ts'
import { type Database, openEmbeddedDatabase } from '../../src/platform/db/index.ts'
import { FakeClock } from './fake-clock.ts'
import { openPostgresDatabase } from './postgres-database.ts'
import { postgresLane } from './postgres-lane.ts'

export interface StoreWorld {
  readonly database: Database
  readonly clock: FakeClock
  /** A new active tenant. */
  tenant(
    settings?: Parameters<ReturnType<typeof createTenants>['create']>[1]['settings'],
  ): Promise<Tenant>
  /** As it is in the database now. */
  reread(tenant: Tenant): Promise<Tenant>
  context(tenant: Tenant, overrides?: Partial<RequestContext>): RequestContext
}

/** Runs a suite on the embedded database and, where there is one, on a real PostgreSQL. */
export function describeStore(
  name: string,
  suite: (open: () => Promise<StoreWorld>) => void,
): void {
  describe(`${name} on the embedded database`, () => {
    suite(sharedWorld(() => openEmbeddedTestDatabase()))
  })
  const url = postgresLane()
  describe.skipIf(url === undefined)(`${name} on PostgreSQL`, () => {
    suite(sharedWorld(() => openPostgresDatabase(url ?? '')))
  })
}

/** A migrated PGlite in memory, from the cached template. */
export function openEmbeddedTestDatabase(): Promise<Database> {
  return openEmbeddedDatabase({ folder: undefined, templateFile: TEMPLATE_FILE })
}

/** One database a suite: tests tell their rows apart by tenant, as production does. */
function sharedWorld(openDatabase: () => Promise<Database>): () => Promise<StoreWorld> {
  let opening: Promise<Database> | undefined
  afterAll(async () => {
    await (await opening)?.close()
  })
  return async () => {
    opening ??= openDatabase()
    return createWorld(await opening, new FakeClock())
  }
}

export function createWorld(database: Database, clock: FakeClock): StoreWorld {
  const tenants = createTenants(database, 'https://id.example.test')
  const context = (tenant: Tenant, overrides: Partial<RequestContext> = {}): RequestContext => ({
    requestId: newId('req'),
    tenant,
    principal: undefined,
    source: { ip: '192.0.2.1', userAgent: 'test' },
    clock,
    ...overrides,
  })
  const tenant: StoreWorld['tenant'] = async (settings) => {
    const system = await tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const slug = `t-${newId('ten').slice(4)}`
    return tenants.create(context(system), { slug, name: slug, settings })
  }
  const reread: StoreWorld['reread'] = async ({ slug }) => {
    const found = await tenants.findBySlug(slug)
    if (found === undefined) throw new Error(`there is no tenant ${slug}`)
    return found
  }
  return { database, clock, tenant, reread, context }
}

/** Rows of one table that this tenant has; for assertions on what changed. */
export async function countRows(
  database: Database,
  tenant: Tenant,
  table: string,
): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = current_tenant_id()`
  const counted = { text, name: `count_${table}`, values: [] }
  const rows = await database.tenantBatch(tenant.id, [counted])
  return (rows[0] as readonly { n: number }[] | undefined)?.[0]?.n ?? 0
}

const TEMPLATE_FILE = fileURLToPath(
  new URL(
    '../../../../node_modules/.cache/countersign/template-{fingerprint}.tar',
    import.meta.url,
  ),
)
