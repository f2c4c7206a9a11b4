import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { insertBareUser } from '../../../test/support/start-bare-session.ts'
import { demandReplacement, type PasswordDemand } from './password-demand-store.ts'
import { setPassword } from './store.ts'

describeStore('a password that is to be replaced', (open) => {
  async function setUp() {
    const { database, tenant, clock, ...world } = await open()
    const acme = await tenant()
    const userId = await insertBareUser({ database, tenant, clock, ...world }, acme)
    await database.withTenant(acme.id, (tx) => setPassword(tx, userId, 'stored', clock.now()))
    return (by: PasswordDemand, provenAgainst?: string) =>
      database.withTenant(acme.id, (tx) =>
        demandReplacement(tx, userId, {
          by,
          ...(provenAgainst === undefined ? {} : { provenAgainst }),
        }),
      )
  }

  it('is the one that was proven, and not one that took its place', async () => {
    const demand = await setUp()

    expect(await demand('breach', 'earlier')).toBe(false)
    expect(await demand('breach', 'stored')).toBe(true)
  })

  it('is demanded once, but an administrator’s demand outranks that of a breach', async () => {
    const demand = await setUp()

    expect([await demand('breach'), await demand('breach')]).toEqual([true, false])
    expect([await demand('administrator'), await demand('administrator')]).toEqual([true, false])
    expect(await demand('breach')).toBe(false)
  })
})
