import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { StoreWorld } from '../../../test/support/describe-store.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { type UserId, newId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'
import type { ListEntry } from './model.ts'
import type { ScreeningPort } from './ports.ts'
import { createSanctionsList } from './sanctions-list.ts'

export const LISTED_NAME = 'Mariana Kovalenko'
export const LISTED: readonly ListEntry[] = [
  { id: 'p-1', name: LISTED_NAME, aliases: [] },
  { id: 'p-2', name: 'Omar Lee', aliases: [] },
]

export interface HitBody {
  readonly id: string
  readonly user_id: string
  readonly entry_id: string
  readonly status: string
  readonly reason: string | null
  readonly decided_by: string | null
}

/** A list that tests exchange, and that counts what it is asked. */
export class TestList implements ScreeningPort {
  asked: string[] = []
  /** How many names it answers before it breaks. */
  failsAfter: number | undefined
  /** Happens once, while a name is compared. */
  meanwhile: (() => Promise<unknown>) | undefined
  #list = createSanctionsList(LISTED)

  get digest(): string {
    return this.#list.digest
  }

  async find(name: string) {
    if (this.asked.length === this.failsAfter) throw new Error('interrupted')
    this.asked.push(name)
    const { meanwhile } = this
    this.meanwhile = undefined
    await meanwhile?.()
    return this.#list.find(name)
  }

  use(entries: readonly ListEntry[]): void {
    this.#list = createSanctionsList(entries)
  }
}

export interface ScreeningWorld {
  world: World
  acme: Tenant
  admin: Actor
  readonly list: TestList
}

/** A server with a list, and a tenant of each test that reviews hits, with an administrator. */
export function screeningWorlds(open: () => Promise<StoreWorld>) {
  const list = new TestList()
  const parts = { list } as unknown as ScreeningWorld
  beforeAll(async () => {
    const { database, clock } = await open()
    const kept = { ...database, close: async () => undefined }
    parts.world = await openWorld({ database: kept, clock, sanctions: list, withoutJobs: true })
  })
  beforeEach(async () => {
    list.use(LISTED)
    await useTenant('review')
    list.asked = []
  })
  afterAll(() => parts.world.close())

  const useTenant = async (mode: 'off' | 'review' | 'refuse') => {
    parts.acme = await parts.world.tenant(undefined, { sanctions_screening: mode })
    parts.admin = await parts.world.actors.signedIn({ tenant: parts.acme, roles: ['admin'] })
  }
  const setMode = async (mode: 'off' | 'review' | 'refuse') => {
    const system = await parts.world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const settings = { sanctions_screening: mode }
    const context = parts.world.internalContext(system)
    parts.acme = await parts.world.app.tenants.update(context, parts.acme.id, { settings })
    parts.world.app.directory.forget(parts.acme.slug)
  }
  const register = (display_name: string, email = `${newId('usr').slice(4)}@example.test`) =>
    parts.world.actors.nobody(parts.acme).call('POST', '/api/auth/register', {
      email,
      password: 'plum-orbit-lantern-42',
      display_name,
    })
  const hits = async (query = '', by = parts.admin) =>
    (await by.call('GET', `/api/admin/screening-hits${query}`)).json<{
      data: HitBody[]
      next?: string
    }>()
  const rename = (actor: Actor, display_name: string) =>
    actor.call('PATCH', '/api/auth/me', { display_name })
  const decide = (hit: HitBody | undefined, verb: 'clear' | 'confirm', by = parts.admin) =>
    by.call('POST', `/api/admin/screening-hits/${hit?.id}/${verb}`, { reason: 'compared papers' })
  return { parts, useTenant, setMode, register, hits, rename, decide, statusOf: statusOf(parts) }
}

function statusOf(parts: ScreeningWorld) {
  return async (userId: string) => {
    const [rows] = await parts.world.database.tenantBatch(parts.acme.id, [
      sql<{ status: string }>`
        SELECT status FROM users
         WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId as UserId)}`,
    ])
    return rows[0]?.status
  }
}
