import {
  type Clock,
  type KeyId,
  newId,
  type RequestContext,
  type TenantRef,
} from '../../kernel/index.ts'
import { createKeyRing, type KeyRing } from './key-ring.ts'
import { KeyRingCache } from './key-ring-cache.ts'
import type { PublicJwk, Signer, SigningKey, TenantKeySource } from './model.ts'
import { listKeys, selectPublishedKeys, toStoredKey } from './store.ts'
import { createFirstKeys } from './use-cases/create-first-keys.ts'
import type { KeyServices } from './use-cases/key-services.ts'
import { revokeKey } from './use-cases/revoke-key.ts'
import { type DueRotation, rotateDueKeys } from './use-cases/rotate-due-keys.ts'
import { type RotateOptions, rotateKeys } from './use-cases/rotate-keys.ts'

/** The signing keys of all tenants. A tenant's first keys are made when they are first needed. */
export interface Keys {
  /** The key that signs now. @throws signing_key_unavailable, database_unavailable */
  signer(tenant: TenantRef): Promise<Signer>
  /** What the tenant publishes. @see RFC 7517 §5 */
  jwks(tenant: TenantRef): Promise<{ readonly keys: readonly PublicJwk[] }>
  /** The published keys, for `createVerifier({ jwks })`: found for the tenant's own issuer only. */
  verificationKeys(tenant: TenantRef): TenantKeySource
  /** Newest first, all states, without private halves. */
  list(context: RequestContext, page: KeyPage): Promise<SigningKey[]>
  /**
   * Returns what is published afterwards.
   * @throws signing_key_too_new unless `force` is set
   */
  rotate(context: RequestContext, options?: RotateOptions): Promise<readonly SigningKey[]>
  /** @throws signing_key_not_found, signing_key_not_in_use */
  revoke(context: RequestContext, id: KeyId): Promise<SigningKey>
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

export function createKeys({ database, sealer, clock }: KeysOptions): Keys {
  const services = { database, sealer }
  const rings = new KeyRingCache(
    (tenant, previous) => loadKeyRing({ database, sealer, clock }, tenant, previous),
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
  return {
    signer: async (tenant) => (await rings.get(tenant)).signer(),
    jwks: async (tenant) => ({ keys: (await rings.get(tenant)).jwks }),
    verificationKeys: (tenant) => createKeySource(rings, tenant),
    list: (context, { after, limit }) =>
      database.withTenant(context.tenant.id, (tx) => listKeys(tx, { before: after, limit })),
    rotate: (context, options = {}) => changing(context, rotateKeys(services, context, options)),
    revoke: (context, id) => changing(context, revokeKey(services, context, id)),
    rotateDue: (context) => changing(context, rotateDueKeys(services, context)),
  }
}

async function loadKeyRing(
  { database, sealer, clock }: KeysOptions,
  tenant: TenantRef,
  previous: KeyRing | undefined,
): Promise<KeyRing> {
  const [rows] = await database.tenantBatch(tenant.id, [selectPublishedKeys()])
  const published = rows.map(toStoredKey)
  const keys = published.some((key) => key.status === 'active')
    ? published
    : await createFirstKeys({ database, sealer }, systemContext(tenant, clock))
  return createKeyRing({ sealer, tenant: tenant.id, keys, previous })
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
