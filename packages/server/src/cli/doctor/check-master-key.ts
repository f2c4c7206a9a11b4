import { createKeys, type Keys } from '../../domains/keys/index.ts'
import { createTenants, type Tenant } from '../../domains/tenants/index.ts'
import { AppError, type Clock, newId } from '../../kernel/index.ts'
import type { Config } from '../../platform/config/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { openServerDatabase } from '../../platform/db/index.ts'
import { type Finding, ok, problem } from './finding.ts'

/** Opens a signing key that exists; makes none. Call it only where the database is sound. */
export async function checkMasterKey(config: Config, clock: Clock): Promise<Finding> {
  const { database: target, masterKey } = config
  if (target.kind === 'embedded' || masterKey === undefined) return NOT_SET
  const database = await openServerDatabase({ url: target.url, poolSize: 1 })
  try {
    const sealer = createSealer({ masterKey, previous: config.previousMasterKeys })
    const keys = createKeys({ database, sealer, clock })
    const tenants = createTenants(database, config.http.baseUrl)
    for (const tenant of await tenants.list({ after: undefined, limit: 100 })) {
      if (tenant.status === 'active' && (await hasActiveKey(keys, tenant, clock))) {
        return await tryToSign(keys, tenant)
      }
    }
    return ok('master key', 'it is set; nothing is sealed yet')
  } finally {
    await database.close()
  }
}

async function hasActiveKey(keys: Keys, tenant: Tenant, clock: Clock): Promise<boolean> {
  const source = { ip: 'internal', userAgent: undefined }
  const context = { requestId: newId('req'), tenant, principal: undefined, source, clock }
  const found = await keys.list(context, { after: undefined, limit: 20 })
  return found.some((key) => key.status === 'active')
}

async function tryToSign(keys: Keys, tenant: Tenant): Promise<Finding> {
  try {
    await keys.signer(tenant)
    return ok('master key', `it opens the signing key of \`${tenant.slug}\``)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return problem(
      'master key',
      `it does not open the signing key of \`${tenant.slug}\``,
      'no token can be signed',
      'restore the key that sealed it, or add that to COUNTERSIGN_PREVIOUS_MASTER_KEYS',
    )
  }
}

const NOT_SET = problem(
  'master key',
  'it is not set',
  'it seals the signing keys in the database',
  'set COUNTERSIGN_MASTER_KEY_FILE',
)
