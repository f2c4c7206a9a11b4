import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { insertBareUser } from '../../../test/support/start-bare-session.ts'
import type { Tx } from '../../platform/db/index.ts'
import { holdUserRow, isHeld, releaseHeldRow, takeHoldOver } from './screening-hold-store.ts'
import { updateStatus } from './store.ts'

describeStore('a user who is held for screening', (open) => {
  async function setUp() {
    const world = await open()
    const acme = await world.tenant()
    const id = await insertBareUser(world, acme)
    const now = world.clock.now()
    const within = <T>(work: (tx: Tx) => Promise<T>) => world.database.withTenant(acme.id, work)
    return {
      hold: () => within(async (tx) => (await tx.first(holdUserRow(id, now))) !== undefined),
      isHeld: () => within((tx) => isHeld(tx, id)),
      release: () => within((tx) => releaseHeldRow(tx, id, now)),
      takeOver: () => within((tx) => takeHoldOver(tx, id, now)),
      suspend: () => within((tx) => updateStatus(tx, id, 'suspended', now)),
    }
  }

  it('is held and released once', async () => {
    const { hold, isHeld: held, release } = await setUp()

    expect([await held(), await hold(), await held(), await hold()]).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect([await release(), await release(), await held()]).toEqual([true, false, false])
  })

  it('is not whom an administrator suspended, who is neither held nor released', async () => {
    const { hold, isHeld: held, release, takeOver, suspend } = await setUp()
    await suspend()

    expect(await hold()).toBe(false)
    expect([await held(), await release(), await takeOver()]).toEqual([false, false, false])
  })

  it('is an administrator’s from the moment that one suspends too', async () => {
    const { hold, isHeld: held, release, takeOver } = await setUp()
    await hold()

    expect([await takeOver(), await takeOver()]).toEqual([true, false])
    expect([await held(), await release()]).toEqual([false, false])
  })
})
