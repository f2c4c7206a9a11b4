import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { newId, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { USERS_OF_A_PAGE } from './policy.ts'
import { LISTED, LISTED_NAME, screeningWorlds } from './screening-world.contract.ts'

const LATER = [{ id: 'p-9', name: 'Ann Other', aliases: [] }]

describeStore('a list that is new to a tenant', (open) => {
  const { parts, setMode, register, hits, rename, decide, statusOf } = screeningWorlds(open)

  const run = () => parts.world.app.screening.screenAgain(parts.world.internalContext(parts.acme))
  const openEntries = async () => (await hits('?status=open')).data.map((hit) => hit.entry_id)
  async function insertUsers(count: number) {
    const ids = Array.from({ length: count }, () => toUuid(newId('usr')))
    await parts.world.database.tenantBatch(parts.acme.id, [
      sql`
        INSERT INTO users (tenant_id, id, email, email_key, display_name, status, created_at, updated_at)
        SELECT current_tenant_id(), id, id::text || '@a.test', id::text || '@a.test', 'Bo Body',
               'active', '2026-01-01', '2026-01-01'
          FROM unnest(${ids}::uuid[]) AS new (id)`,
    ])
  }

  it('is compared with every name once, and never again', async () => {
    await insertUsers(USERS_OF_A_PAGE)
    await register('Ann Other')
    await run()
    parts.list.use(LATER)
    parts.list.asked = []

    await run()
    const asked = parts.list.asked.length
    await register('Cy Newcomer')
    await run()

    expect(asked).toBe(USERS_OF_A_PAGE + 1)
    expect(parts.list.asked.slice(asked)).toEqual(['Cy Newcomer'])
    expect(await openEntries()).toEqual(['p-9'])
  })

  it('is gone on with where it was interrupted', async () => {
    await insertUsers(USERS_OF_A_PAGE + 1)
    await register('Ann Other')
    parts.list.use(LATER)
    parts.list.asked = []
    parts.list.failsAfter = USERS_OF_A_PAGE

    await expect(run()).rejects.toThrow('interrupted')
    parts.list.asked = []
    parts.list.failsAfter = undefined
    await run()

    // The first page, with the administrator, was kept; the second begins again.
    expect(parts.list.asked).toHaveLength(3)
    expect(await openEntries()).toEqual(['p-9'])
  })

  it('suspends where the tenant refuses, and for what was only reviewed before', async () => {
    await register(LISTED_NAME)
    await run()
    const [hit] = (await hits()).data
    const before = await statusOf(hit?.user_id ?? '')
    await setMode('refuse')

    await run()

    expect([before, await statusOf(hit?.user_id ?? '')]).toEqual(['active', 'suspended'])
    expect(await openEntries()).toEqual(['p-1'])
  })

  it('opens nothing again that was decided', async () => {
    await setMode('refuse')
    await register(LISTED_NAME)
    const [hit] = (await hits()).data
    await decide(hit, 'clear')

    await run()

    expect(await openEntries()).toEqual([])
    expect(await statusOf(hit?.user_id ?? '')).toBe('active')
  })

  it('is compared again after screening was off, with who came meanwhile', async () => {
    await run()
    await setMode('off')
    await register(LISTED_NAME)
    await setMode('review')

    await run()

    expect(await openEntries()).toEqual(['p-1'])
  })

  it('is not compared while screening is off', async () => {
    await setMode('off')
    await register(LISTED_NAME)

    await run()

    expect(parts.list.asked).toEqual([])
  })

  it('is not held against who has another name by now', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, 'Ann Other')
    parts.list.use([...LISTED, ...LATER])
    parts.list.meanwhile = () => rename(ann, 'Bo Body')

    await run()

    expect(await openEntries()).toEqual([])
  })

  it('is not held against who was suspended meanwhile', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, 'Ann Other')
    parts.list.use([...LISTED, ...LATER])
    parts.list.meanwhile = () => parts.admin.call('POST', `/api/admin/users/${ann.userId}/suspend`)

    await run()

    expect(await openEntries()).toEqual([])
  })

  it('is not compared with users who are suspended', async () => {
    await register(LISTED_NAME)
    const { data } = await parts.admin
      .call('GET', '/api/admin/users')
      .then((answer) => answer.json<{ data: { id: string; display_name: string | null }[] }>())
    const user = data.find((one) => one.display_name === LISTED_NAME)
    await parts.admin.call('POST', `/api/admin/users/${user?.id}/suspend`)
    parts.list.use([{ id: 'p-9', name: LISTED_NAME, aliases: [] }])
    parts.list.asked = []

    await run()

    expect(parts.list.asked).toEqual([])
  })
})
