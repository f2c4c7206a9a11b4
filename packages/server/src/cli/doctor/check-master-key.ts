import { createKeys, type Keys } from '../../domains/keys/index.ts'
import { createTenants, type Tenant } from '../../domains/tenants/index.ts'
import {
  AppError,
  type Clock,
  newId,
  offersAlgorithm,
  type SigningAlgorithm,
} from '../../kernel/index.ts'
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
      const algorithms = await algorithmsInUse(keys, tenant, clock)
      if (tenant.status === 'active' && algorithms.length > 0) {
        return await tryToSign(keys, tenant, algorithms)
      }
    }
    return ok('master key', 'it is set; nothing is sealed yet')
  } finally {
    await database.close()
  }
}

/** Those that a key is active for; one that the tenant gave up is not opened. */
async function algorithmsInUse(
  keys: Keys,
  tenant: Tenant,
  clock: Clock,
): Promise<readonly SigningAlgorithm[]> {
  const source = { ip: 'internal', userAgent: undefined }
  const context = { requestId: newId('req'), tenant, principal: undefined, source, clock }
  const found = await keys.list(context, { after: undefined, limit: 100 })
  const active = found.filter((key) => key.status === 'active').map((key) => key.algorithm)
  return active.filter((algorithm) => offersAlgorithm(tenant.policy, algorithm))
}

async function tryToSign(
  keys: Keys,
  tenant: Tenant,
  algorithms: readonly SigningAlgorithm[],
): Promise<Finding> {
  try {
    for (const algorithm of algorithms) await keys.signer(tenant, algorithm)
    return ok('master key', `it opens the signing keys of \`${tenant.slug}\``)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return problem(
      'master key',
      `it does not open the signing keys of \`${tenant.slug}\``,
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
