import { randomBytes } from 'node:crypto'
import type { RequestContext, TenantId } from '../../../kernel/index.ts'
import type { Sealer } from '../../../platform/crypto/index.ts'
import { type Database, type Statement, sql } from '../../../platform/db/index.ts'

interface SecretRow {
  secret_sealed: Buffer
}

/**
 * The secret of each tenant that its pairwise subjects are made with. It is made at the first need,
 * rests sealed, and stays the same when the master key changes: it is sealed anew then.
 */
export class PairwiseSecrets {
  readonly #database: Database
  readonly #sealer: Sealer
  readonly #known = new Map<TenantId, Buffer>()

  constructor({ database, sealer }: { readonly database: Database; readonly sealer: Sealer }) {
    this.#database = database
    this.#sealer = sealer
  }

  /** 32 bytes. @throws UnsealError if the master key that sealed it is not there any more */
  async get({ tenant, clock }: RequestContext): Promise<Buffer> {
    const known = this.#known.get(tenant.id)
    if (known !== undefined) return known
    const purpose = { purpose: 'pairwise_subjects', tenant: tenant.id, subject: tenant.id }
    const fresh = this.#sealer.seal(randomBytes(32), purpose)
    // Whoever comes second keeps nothing, and reads what the first one kept.
    const [, rows] = await this.#database.tenantBatch(tenant.id, [
      insertSecret(fresh, clock.now()),
      findSecret(),
    ])
    const sealed = rows[0]?.secret_sealed
    if (sealed === undefined) throw new TypeError('a pairwise secret is missing')
    const secret = this.#sealer.unseal(sealed, purpose)
    if (!this.#sealer.isCurrent(sealed)) {
      const anew = this.#sealer.seal(secret, purpose)
      await this.#database.tenantBatch(tenant.id, [replaceSecret(sealed, anew)])
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(tenant.id, secret)
    return secret
  }
}

function insertSecret(sealed: Buffer, now: Date): Statement {
  return sql`
    INSERT INTO oauth_pairwise_secrets (tenant_id, secret_sealed, created_at)
    VALUES (current_tenant_id(), ${sealed}, ${now})
    ON CONFLICT (tenant_id) DO NOTHING`
}

function findSecret(): Statement<SecretRow> {
  return sql<SecretRow>`
    SELECT secret_sealed FROM oauth_pairwise_secrets WHERE tenant_id = current_tenant_id()`
}

function replaceSecret(before: Buffer, after: Buffer): Statement {
  return sql`
    UPDATE oauth_pairwise_secrets SET secret_sealed = ${after}
     WHERE tenant_id = current_tenant_id() AND secret_sealed = ${before}`
}

const MAX_KNOWN = 1000
