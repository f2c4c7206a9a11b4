import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { insertBareUser } from '../../../test/support/start-bare-session.ts'
import type { UserId } from '../../kernel/index.ts'
import { addHits, decideHit, selectHits, toHit } from './hit-store.ts'

describeStore('the hits of a user', (open) => {
  async function setUp() {
    const world = await open()
    const acme = await world.tenant()
    const [ana, ben] = [await insertBareUser(world, acme), await insertBareUser(world, acme)]
    const now = world.clock.now()
    const add = (userId: UserId, ...entries: string[]) =>
      world.database.withTenant(acme.id, (tx) => addHits(tx, { userId, entries, now }))
    const clearAll = async () => {
      const filter = { after: undefined, status: undefined, limit: 50 }
      const [rows] = await world.database.tenantBatch(acme.id, [selectHits(filter)])
      const decision = { status: 'cleared', reason: 'compared papers', by: undefined, now } as const
      await world.database.withTenant(acme.id, async (tx) => {
        for (const { id } of rows.map(toHit)) await decideHit(tx, id, decision)
      })
    }
    return { ana, ben, add, clearAll }
  }

  it('are open when they are new, and as long as nobody decided', async () => {
    const { ana, add, clearAll } = await setUp()

    expect(await add(ana, 'p-1')).toEqual({ added: ['p-1'], isOpen: true })
    expect(await add(ana, 'p-1')).toEqual({ added: [], isOpen: true })
    await clearAll()
    expect(await add(ana, 'p-1')).toEqual({ added: [], isOpen: false })
  })

  it('are not open because of hits of others, nor of another entry', async () => {
    const { ana, ben, add, clearAll } = await setUp()
    await add(ana, 'p-1')
    await clearAll()
    await add(ben, 'p-1')
    await add(ana, 'p-2')

    expect(await add(ana, 'p-1')).toEqual({ added: [], isOpen: false })
  })
})
