import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Every audit event of every domain, with its explanation. */
export async function auditCatalogues(): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const domain of readdirSync(fileURLToPath(new URL('../../src/domains', import.meta.url)))) {
    const module = (await import(`../../src/domains/${domain}/index.ts`)) as Record<string, unknown>
    for (const [name, value] of Object.entries(module)) {
      if (name.endsWith('AuditEvents')) Object.assign(all, value)
    }
  }
  return all
}
