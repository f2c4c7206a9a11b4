import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { readAudit } from '../../../test/support/audit-trail.ts'
import { createTenants } from './index.ts'
import { entityTagOf } from './schema.ts'

describeStore('a change of a tenant', (open) => {
  async function arrange() {
    const world = await open()
    const tenants = createTenants(world.database, 'https://id.example.test')
    const system = await tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const tenant = await world.tenant()
    return { ...world, tenants, tenant, operator: world.context(system) }
  }

  it('from one state succeeds once, of fifty at once', async () => {
    const { tenants, tenant, operator, database } = await arrange()
    const tags = [entityTagOf(tenant)]

    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        tenants.update(operator, tenant.id, { name: `name ${index}` }, tags),
      ),
    )

    const winners = results.filter((one) => one.status === 'fulfilled')
    const refused = results.filter((one) => one.status === 'rejected')
    expect(winners).toHaveLength(1)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'precondition_failed' })
    expect((await tenants.get(operator, tenant.id)).name).toBe(winners[0]?.value.name)
    const changes = (await readAudit({ database }, operator.tenant)).filter(
      ({ action, target_id }) => action === 'tenant.updated' && target_id === tenant.id,
    )
    expect(changes).toHaveLength(1)
  })

  it('leaves a state with one name, in whatever order it was written', async () => {
    const { tenants, tenant, operator } = await arrange()
    const server = { access_token_format: 'opaque' } as const
    const resource_servers = { 'https://longer.example': server, 'https://b.example': server }

    const updated = await tenants.update(operator, tenant.id, { settings: { resource_servers } })

    expect(entityTagOf(await tenants.get(operator, tenant.id))).toBe(entityTagOf(updated))
    expect(entityTagOf(updated)).not.toBe(entityTagOf(tenant))
  })

  it('keeps what others change at the same time', async () => {
    const { tenants, tenant, operator } = await arrange()

    await Promise.all([
      tenants.update(operator, tenant.id, { settings: { audiences: ['a'] } }),
      tenants.update(operator, tenant.id, { settings: { captcha_policy: 'off' } }),
      tenants.update(operator, tenant.id, { name: 'new' }),
    ])

    const { name, settings } = await tenants.get(operator, tenant.id)
    expect({ name, ...settings }).toMatchObject({
      name: 'new',
      audiences: ['a'],
      captcha_policy: 'off',
    })
  })
})
