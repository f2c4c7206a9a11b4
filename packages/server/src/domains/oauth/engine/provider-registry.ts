import type Provider from 'oidc-provider'
import type { TenantId, TenantRef } from '../../../kernel/index.ts'
import { MAX_PROVIDERS } from '../policy.ts'
import { createProvider } from './create-provider.ts'
import type { EngineServices } from './engine-services.ts'
import { loadProviderKeys } from './signing-keys.ts'

interface Entry {
  readonly version: string
  readonly provider: Provider
}

/**
 * The engines of the tenants in use. One is made at the first request of its tenant and made anew
 * when the keys change; everything else it asks for at each request. The least recently used goes.
 */
export class ProviderRegistry {
  readonly #services: EngineServices
  readonly #maxProviders: number
  readonly #entries = new Map<TenantId, Entry>()

  constructor(services: EngineServices, maxProviders = MAX_PROVIDERS) {
    this.#services = services
    this.#maxProviders = maxProviders
  }

  /** @throws signing_key_unavailable, database_unavailable */
  async get(tenant: TenantRef): Promise<Provider> {
    const keys = await loadProviderKeys(this.#services.keys, tenant)
    const known = this.#entries.get(tenant.id)
    // Making one takes no turn of the event loop, so no two requests make the same one.
    const entry =
      known?.version === keys.version
        ? known
        : { version: keys.version, provider: createProvider(this.#services, tenant, keys) }
    this.#entries.delete(tenant.id)
    this.#entries.set(tenant.id, entry)
    this.#forgetOldest()
    return entry.provider
  }

  get size(): number {
    return this.#entries.size
  }

  #forgetOldest(): void {
    if (this.#entries.size <= this.#maxProviders) return
    const oldest = this.#entries.keys().next()
    if (oldest.done === false) this.#entries.delete(oldest.value)
  }
}
