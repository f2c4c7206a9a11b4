import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { storePrincipal } from '../../../test/support/store-principal.ts'
import { newId } from '../../kernel/index.ts'
import { createAccess, permissionsOf } from './index.ts'

/** Callers and holders are locked in one order: none waits for one who waits for them. */
describeStore('a role whose holders change it', (open) => {
  it('is changed by all of them at once, and given meanwhile', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const access = createAccess({ database: world.database })
    const system = world.context(tenant, { source: { ip: 'internal', userAgent: undefined } })
    const role = { name: 'reader', description: 'Reads.', permissions: ['users.read'] }
    await access.defineRole(system, role)
    const somebody = async () => {
      const roles = ['admin', 'reader']
      const permissions = permissionsOf(tenant, roles, role.permissions)
      const principal = { userId: newId('usr'), sessionId: newId('ses'), roles, permissions }
      await storePrincipal(world.database, tenant, principal)
      return world.context(tenant, { principal: principal as never })
    }
    const callers = [await somebody(), await somebody(), await somebody()]
    const [ana, ben] = callers.map(({ principal }) => principal?.userId ?? newId('usr'))

    const outcomes = await Promise.allSettled(
      Array.from({ length: 3 }, (_, i) => [
        ...callers.map((by) =>
          access.roles.update(by, { name: 'reader' }, { description: `Reads ${i}.` }),
        ),
        ...callers.map((by, at) =>
          access.assignRole(by, {
            userId: (at === 0 ? ben : ana) ?? newId('usr'),
            role: 'reader',
          }),
        ),
      ]).flat(),
    )

    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).toEqual([])
  })
})
