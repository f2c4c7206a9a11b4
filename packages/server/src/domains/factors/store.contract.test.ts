import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { newId, Secret, toUuid } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'
import { factorWorlds, PASSWORD_ONLY, race } from './factor-world.contract.ts'
import { createFactors } from './index.ts'
import { claimStep, confirmWithStep, deleteConfirmed, insertFactor } from './store.ts'

/** Each condition for itself: what comes before it in a use case is left out. */
describeStore('the rows of factors', (open) => {
  const openFactors = factorWorlds(open)
  const setUp = async () => {
    const world = await openFactors()
    const context = await world.user()
    const { userId } = context.principal
    const inTenant = <T>(work: (tx: Tx) => Promise<T>) =>
      world.database.withTenant(world.acme.id, work)
    const insert = async (isConfirmed: boolean) => {
      const id = newId('fct')
      const createdAt = world.clock.now()
      const confirmedAt = isConfirmed ? createdAt : undefined
      const made = { id, kind: 'totp', userId, secretSealed: randomBytes(40) } as const
      await inTenant((tx) => insertFactor(tx, { ...made, createdAt, confirmedAt }))
      return id
    }
    const now = world.clock.now()
    return { ...world, context, userId, inTenant, insert, now }
  }

  it('give a step once, also to 50 at once, and never an earlier one', async () => {
    const { inTenant, insert, now } = await setUp()
    const id = await insert(true)
    const claim = (step: number) => inTenant((tx) => claimStep(tx, { id, step, now }))

    const { succeeded } = await race(async () => ((await claim(7)) ? true : undefined))

    expect(succeeded).toBe(1)
    expect(await claim(6)).toBe(false)
    expect(await claim(7)).toBe(false)
    expect(await claim(8)).toBe(true)
  })

  it('give no step before they are confirmed', async () => {
    const { inTenant, insert, now } = await setUp()
    const id = await insert(false)

    expect(await inTenant((tx) => claimStep(tx, { id, step: 7, now }))).toBe(false)
  })

  it('are confirmed once, also by 50 at once, and use the step up', async () => {
    const { inTenant, insert, now } = await setUp()
    const id = await insert(false)
    const confirm = (step: number) => inTenant((tx) => confirmWithStep(tx, { id, step, now }))

    const { succeeded } = await race(async () => ((await confirm(7)) ? true : undefined))

    expect(succeeded).toBe(1)
    expect(await confirm(8)).toBe(false)
    expect(await inTenant((tx) => claimStep(tx, { id, step: 7, now }))).toBe(false)
  })

  it('are not confirmed by a step from before', async () => {
    const { inTenant, insert, now } = await setUp()
    const id = await insert(false)
    await inTenant((tx) =>
      tx.run(sql`
      UPDATE authentication_factors SET last_used_step = 9
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`),
    )

    expect(await inTenant((tx) => confirmWithStep(tx, { id, step: 9, now }))).toBe(false)
  })

  it('are removed by their owner, once they are confirmed', async () => {
    const { inTenant, insert, userId } = await setUp()
    const [pending, confirmed] = [await insert(false), await insert(true)]
    const remove = (id: typeof pending, by = userId) =>
      inTenant((tx) => deleteConfirmed(tx, by, id))

    expect(await remove(pending)).toBeUndefined()
    expect(await remove(confirmed, newId('usr'))).toBeUndefined()
    expect(await remove(confirmed)).toBe('totp')
  })

  it('are not looked for by a guess where there is nothing to confirm', async () => {
    const { dependencies, context } = await setUp()
    let counted = 0
    const guesses = {
      ...dependencies.guesses,
      reserve: async () => {
        counted += 1
        return { blocked: false }
      },
    }
    const confirmation = { id: newId('fct'), code: new Secret('123456') }

    const confirming = createFactors({ ...dependencies, guesses }).confirmTotp(
      context,
      confirmation,
    )

    await expect(confirming).rejects.toMatchObject({ code: 'factor_not_found' })
    expect(counted).toBe(0)
  })

  it('are not enrolled for a user who was deleted after the password was checked', async () => {
    const { dependencies, context, userId, database, acme } = await setUp()
    const identity: typeof dependencies.identity = {
      checkCurrentPassword: async (...asked) => {
        const checked = await dependencies.identity.checkCurrentPassword(...asked)
        const gone = sql`
          DELETE FROM users
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`
        await database.tenantBatch(acme.id, [gone])
        return checked
      },
    }

    const enrolling = createFactors({ ...dependencies, identity }).enrollTotp(
      context,
      PASSWORD_ONLY,
    )

    await expect(enrolling).rejects.toMatchObject({ code: 'user_not_found' })
  })
})
