import type { Database } from '../../platform/db/index.ts'
import type { Tenant } from './model.ts'
import { type DirectoryRow, findTenantsBySlug, toTenant } from './store.ts'
import type { FindTenants } from './tenant-directory.ts'

/** Reads many tenants in one statement. Settings that did not change are not parsed again. */
export function createFindBySlugs(database: Database, base: string): FindTenants {
  const parsed = new Map<string, Parsed>()
  const parse = (row: DirectoryRow): Tenant => {
    const { id, slug, name, status, signing_keys_version: keys, settings } = row
    const source = [id, slug, name, status, keys, settings].join('\n')
    const known = parsed.get(row.slug)
    if (known?.source === source) return known.tenant
    const tenant = toTenant({ ...row, settings: JSON.parse(row.settings) }, base)
    if (parsed.size >= MAX_PARSED) parsed.clear()
    parsed.set(row.slug, { source, tenant })
    return tenant
  }
  /** Settings that can not be read are the trouble of their own tenant. */
  const parseAlone = (row: DirectoryRow): Tenant | Error => {
    try {
      return parse(row)
    } catch (error) {
      return new Error(`the settings of ${row.slug} can not be read`, { cause: error })
    }
  }
  return async (slugs) => {
    const rows = await database.readWithoutTenant(findTenantsBySlug(slugs))
    const tenants: (Tenant | undefined | Error)[] = slugs.map(() => undefined)
    for (const row of rows) tenants[row.position - 1] = parseAlone(row)
    return tenants
  }
}

interface Parsed {
  /** All that the tenant was made from. */
  readonly source: string
  readonly tenant: Tenant
}

/** As many as the directory remembers. */
const MAX_PARSED = 20_000
