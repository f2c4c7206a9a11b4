import type { ClientId, TenantId } from '../../../kernel/index.ts'
import type { ClientWithSecrets } from './model.ts'

/**
 * Clients as they were read last, the ones used last. Whoever goes by one must have the database
 * say, in the transaction that issues, that its version is still that one.
 */
export class RememberedClients {
  readonly #capacity: number
  readonly #entries = new Map<string, ClientWithSecrets>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  find(tenant: TenantId, id: ClientId): ClientWithSecrets | undefined {
    return this.#entries.get(`${tenant}|${id}`)
  }

  note(tenant: TenantId, client: ClientWithSecrets): void {
    const key = `${tenant}|${client.id}`
    this.#entries.delete(key)
    this.#entries.set(key, client)
    if (this.#entries.size <= this.#capacity) return
    const oldest = this.#entries.keys().next()
    if (oldest.done === false) this.#entries.delete(oldest.value)
  }
}
