import { expect, it } from 'vitest'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { Secret } from '../../../kernel/index.ts'
import { createClients } from './clients.ts'
import { isClientSecret } from './client-secret.ts'
import { entityTagOf } from './model.ts'

describeStore('the clients of a tenant', (open) => {
  async function begin() {
    const { database, tenant, context } = await open()
    const clients = createClients({ database })
    const acme = context(await tenant())
    const create = (known?: Parameters<typeof clients.create>[2]) =>
      clients.create(acme, { profile: 'service', name: 'Job' }, known)
    return { clients, acme, create }
  }

  it('are changed by one of 50 that start from the same state at once', async () => {
    const { clients, acme, create } = await begin()
    const { client } = await create()
    const ifMatch = [entityTagOf(client)]

    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        clients.update(acme, { id: client.id, ifMatch }, { name: `name ${index}` }),
      ),
    )

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason.code] : [],
    )
    expect(new Set(refusals)).toEqual(new Set(['precondition_failed']))
  })

  it('are all changed, one after the other, where nobody names a state', async () => {
    const { clients, acme, create } = await begin()
    const { client } = await create()

    const changed = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        clients.update(acme, client, { name: `name ${index}` }),
      ),
    )

    expect(new Set(changed.map(entityTagOf)).size).toBe(50)
  })

  it('can keep an identifier and a secret that are known, of which the hash is stored', async () => {
    const { clients, acme, create } = await begin()
    const id = 'cli_0000000000g0080000000batch' as const
    await create({ id, secret: new Secret('known before') })

    const found = await clients.findActive(acme, id)

    expect(found?.id).toBe(id)
    expect(isClientSecret('known before', found?.secretHashes ?? [])).toBe(true)
    expect(isClientSecret('another', found?.secretHashes ?? [])).toBe(false)
  })
})
