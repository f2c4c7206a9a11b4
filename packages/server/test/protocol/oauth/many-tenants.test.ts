import { expect, it } from 'vitest'
import { ProviderRegistry } from '../../../src/domains/oauth/engine/provider-registry.ts'
import type { EngineServices } from '../../../src/domains/oauth/engine/engine-services.ts'
import { openWorld } from '../../support/open-world.ts'

it('keeps a bounded number of engines, the ones used last, and makes one anew for new keys', async () => {
  const world = await openWorld()
  const { keys, clients, sessions, factors } = world.app
  const services = {
    keys,
    clients,
    sessions,
    factors,
    database: world.database,
    baseUrl: 'http://localhost:4820',
    dpopNonceSecret: Buffer.alloc(32),
  } as unknown as EngineServices
  const registry = new ProviderRegistry(services, 2)
  const [a, b, c] = [await world.tenant(), await world.tenant(), await world.tenant()]

  const first = await registry.get(a)
  await registry.get(b)
  expect(await registry.get(a)).toBe(first)
  await registry.get(c)
  expect(registry.size).toBe(2)
  expect(await registry.get(a)).toBe(first)

  await keys.rotate(world.internalContext(a), { force: true })
  expect(await registry.get(a)).not.toBe(first)
  await world.close()
})
