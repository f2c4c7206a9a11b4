import {
  type Clock,
  DEFAULT_SIGNING_ALGORITHM,
  type KeyId,
  newId,
  offersAlgorithm,
  type RequestContext,
  type TenantId,
  type TenantRef,
} from '../../kernel/index.ts'
import { keyErrors } from './errors.ts'
import { createKeyRing, type KeyRing } from './key-ring.ts'
import { KeyRingCache } from './key-ring-cache.ts'
import {
  type KeyAlgorithm,
  keyIn,
  type PublicJwk,
  type Signer,
  type SigningKey,
  type TenantKeySource,
} from './model.ts'
import { listKeys, selectKeysVersion, selectPublishedKeys, toStoredKey } from './store.ts'
import { createFirstKeys } from './use-cases/create-first-keys.ts'
import type { KeyServices } from './use-cases/key-services.ts'
import { revokeKey } from './use-cases/revoke-key.ts'
import { type DueRotation, rotateDueKeys } from './use-cases/rotate-due-keys.ts'
import { type RotateOptions, rotateKeys } from './use-cases/rotate-keys.ts'
import { createMissingKeys, settleKeys } from './use-cases/settle-keys.ts'

/**
 * The signing keys of all tenants: of ES256 always, of other algorithms where a tenant chose them.
 * The first keys of each are made when they are first needed.
 */
export interface Keys {
  /**
   * The key that signs now, by ES256 unless another algorithm is named.
   * @throws signing_key_unavailable, database_unavailable, signing_algorithm_not_offered
   */
  signer(tenant: TenantRef, algorithm?: KeyAlgorithm): Promise<Signer>
  /** What the tenant publishes. @see RFC 7517 §5 */
  jwks(tenant: TenantRef): Promise<{ readonly keys: readonly PublicJwk[] }>
  /** The published keys, for `createVerifier({ jwks })`: found for the tenant's own issuer only. */
  verificationKeys(tenant: TenantRef): TenantKeySource
  /** Newest first, all states, without private halves. */
  list(context: RequestContext, page: KeyPage): Promise<SigningKey[]>
  /**
   * Returns what is published afterwards.
   * @throws signing_key_too_new unless `force` is set, signing_algorithm_not_offered
   */
  rotate(context: RequestContext, options?: RotateOptions): Promise<readonly SigningKey[]>
  /** @throws signing_key_not_found, signing_key_not_in_use */
  revoke(context: RequestContext, id: KeyId): Promise<SigningKey>
  /** After the tenant has chosen other algorithms: makes the keys of new ones, retires the rest. */
  settle(context: RequestContext): Promise<void>
  /** One step of the rotation job; run it for each tenant, daily or more often. */
  rotateDue(context: RequestContext): Promise<DueRotation>
}

export interface KeyPage {
  /** The last key of the page before. */
  readonly after: KeyId | undefined
  readonly limit: number
}

export interface KeysOptions extends KeyServices {
  readonly clock: Clock
}

export function createKeys(options: KeysOptions): Keys {
  const { database, sealer, clock } = options
  const services = { database, sealer }
  const rings = new KeyRingCache(
    (tenant, previous) => loadKeyRing(options, tenant, previous),
    clock,
  )
  /** Even after a failure: whether the change was committed may be unknown then. */
  const changing = async <T>(context: RequestContext, change: Promise<T>): Promise<T> => {
    try {
      return await change
    } finally {
      rings.forget(context.tenant.id)
    }
  }
  const complete = ringCompleter(rings, async (tenant) => {
    const context = systemContext(tenant, clock)
    await changing(context, createMissingKeys(services, context))
  })
  return {
    signer: async (tenant, algorithm = DEFAULT_SIGNING_ALGORITHM) => {
      // Checked at each use: an algorithm that was switched off signs nothing more.
      if (!offersAlgorithm(tenant.policy, algorithm)) {
        throw keyErrors.signing_algorithm_not_offered()
      }
      const isDefault = algorithm === DEFAULT_SIGNING_ALGORITHM
      const ring = isDefault ? await rings.get(tenant) : await complete(tenant)
      return ring.signer(algorithm) ?? refuseToSign(algorithm)
    },
    jwks: async (tenant) => ({ keys: (await complete(tenant)).jwks }),
    verificationKeys: (tenant) => createKeySource(rings, tenant),
    list: (context, { after, limit }) =>
      database.withTenant(context.tenant.id, (tx) => listKeys(tx, { before: after, limit })),
    rotate: (context, wanted = {}) => changing(context, rotateKeys(services, context, wanted)),
    revoke: (context, id) => changing(context, revokeKey(services, context, id)),
    settle: (context) => changing(context, settleKeys(services, context)),
    rotateDue: (context) => changing(context, rotateDueKeys(services, context)),
  }
}

/**
 * Gives a ring that has a key for every algorithm the tenant chose; of parallel callers one makes
 * what is missing, and the others wait for it.
 */
function ringCompleter(rings: KeyRingCache, make: (tenant: TenantRef) => Promise<void>) {
  const making = new Map<TenantId, Promise<void>>()
  return async (tenant: TenantRef): Promise<KeyRing> => {
    const ring = await rings.get(tenant)
    const { signingAlgorithms } = tenant.policy
    if (signingAlgorithms.every((algorithm) => ring.algorithms.has(algorithm))) return ring
    let made = making.get(tenant.id)
    if (made === undefined) {
      made = make(tenant).finally(() => making.delete(tenant.id))
      making.set(tenant.id, made)
    }
    await made
    return rings.get(tenant)
  }
}

function refuseToSign(algorithm: KeyAlgorithm): never {
  throw keyErrors.signing_key_unavailable({ internal: `no key of ${algorithm} is active` })
}

async function loadKeyRing(
  { database, sealer, clock }: KeysOptions,
  tenant: TenantRef,
  previous: KeyRing | undefined,
): Promise<KeyRing> {
  // INVARIANT: the version is read before the keys, each as it was committed by then. Attack: a ring
  // that claims a later version than its keys have would keep a revoked key.
  const [versions, rows] = await database.tenantBatch(tenant.id, [
    selectKeysVersion(),
    selectPublishedKeys(),
  ])
  const version = versions[0]?.version ?? 0
  const published = rows.map(toStoredKey)
  const keys =
    keyIn(published, DEFAULT_SIGNING_ALGORITHM, 'active') !== undefined
      ? published
      : await createFirstKeys({ database, sealer }, systemContext(tenant, clock), [
          DEFAULT_SIGNING_ALGORITHM,
        ])
  return createKeyRing({ sealer, tenant: tenant.id, version, keys, previous })
}

function createKeySource(rings: KeyRingCache, tenant: TenantRef): TenantKeySource {
  return {
    findKey: (issuer, kid) => {
      // Attack: a token of one tenant is presented as another's.
      if (issuer !== tenant.issuer) return undefined
      const ring = rings.get(tenant)
      return ring instanceof Promise
        ? ring.then((loaded) => loaded.verification.get(kid))
        : ring.verification.get(kid)
    },
  }
}

/** The first keys are made by whichever request comes first; nobody asked for them. */
function systemContext(tenant: TenantRef, clock: Clock): RequestContext {
  const source = { ip: 'internal', userAgent: undefined }
  return { requestId: newId('req'), tenant, principal: undefined, source, clock }
}
