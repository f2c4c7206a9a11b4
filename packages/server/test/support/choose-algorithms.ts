import type { Tenant, TenantSettings } from '../../src/domains/tenants/index.ts'
import type { World } from './open-world.ts'

/** An operator changes what a tenant signs with; the server knows at once. */
export async function chooseAlgorithms(
  world: World,
  tenant: Tenant,
  signing_algorithms: TenantSettings['signing_algorithms'],
): Promise<void> {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
  const settings = { signing_algorithms }
  const answer = await operator.call('PATCH', `/api/system/tenants/${tenant.id}`, { settings })
  if (answer.statusCode !== 200) throw new Error(answer.body)
}
