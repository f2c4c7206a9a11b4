import { expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { createTenants, type Tenant } from './index.ts'

async function setUp(open: () => Promise<StoreWorld>) {
  const world = await open()
  const tenants = createTenants(world.database, 'https://id.example.test')
  const write = (tenant: Tenant, settings: object) =>
    world.database.withOperator(undefined, (tx) =>
      tx.run(
        sql`UPDATE tenants SET settings = ${JSON.stringify(settings)} WHERE id = ${toUuid(tenant.id)}`,
      ),
    )
  return { world, tenants, write }
}

describeStore('tenants by their slugs', (open) => {
  it('are answered in the order of the question, unknown and repeated ones too', async () => {
    const { world, tenants } = await setUp(open)
    const [one, two] = [await world.tenant(), await world.tenant()]

    const found = await tenants.findBySlugs([two.slug, 'nobody', one.slug, two.slug, ''])

    expect(found.map((tenant) => (tenant as Tenant | undefined)?.id)).toEqual([
      two.id,
      undefined,
      one.id,
      two.id,
      undefined,
    ])
  })

  it('are the same object while nothing has changed, and another one after it', async () => {
    const { world, tenants, write } = await setUp(open)
    const { slug, ...tenant } = await world.tenant()
    const [first] = await tenants.findBySlugs([slug])
    const [second] = await tenants.findBySlugs([slug])

    await write({ slug, ...tenant }, { registration: 'closed' })

    const [third] = await tenants.findBySlugs([slug])
    expect(second).toBe(first)
    expect(third).toMatchObject({ slug, settings: { registration: 'closed' } })
  })

  it('see a suspension', async () => {
    const { world, tenants } = await setUp(open)
    const tenant = await world.tenant()
    await tenants.findBySlugs([tenant.slug])
    const system = await tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')

    await tenants.update(world.context(system), tenant.id, { status: 'suspended' })

    expect(await tenants.findBySlugs([tenant.slug])).toMatchObject([{ status: 'suspended' }])
  })

  it('fail alone if their settings can not be read', async () => {
    const { world, tenants, write } = await setUp(open)
    const [good, bad] = [await world.tenant(), await world.tenant()]
    await write(bad, { registration: 'perhaps' })

    const found = await tenants.findBySlugs([bad.slug, good.slug])

    expect(found).toMatchObject([expect.any(Error), { id: good.id }])
    await expect(tenants.findBySlug(bad.slug)).rejects.toThrow(bad.slug)
  })
})
