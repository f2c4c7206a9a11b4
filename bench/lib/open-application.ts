import { type Application, compose } from '../../packages/server/src/composition/compose.ts'
import { openInfrastructure } from '../../packages/server/src/composition/infrastructure.ts'
import type { Tenant } from '../../packages/server/src/domains/tenants/index.ts'
import {
  newId,
  type RequestContext,
  Secret,
  systemClock,
} from '../../packages/server/src/kernel/index.ts'
import { loadConfig } from '../../packages/server/src/platform/config/index.ts'
import { BENCH_PASSWORD } from './servers.ts'

export interface PreparedApplication {
  readonly app: Application
  readonly tenant: Tenant
  readonly context: RequestContext
}

/**
 * The application in this process, in the database of the environment, with a tenant `bench` of
 * `BENCH_USERS` users. Whoever opened it closes it.
 */
export async function openApplication(
  settings: Parameters<Application['tenants']['create']>[1]['settings'],
): Promise<PreparedApplication> {
  const { config } = loadConfig({ env: process.env, cwd: process.cwd(), command: 'serve' })
  const { masterKey } = config
  if (masterKey === undefined) throw new Error('the environment has no master key')
  const infrastructure = await openInfrastructure(config, { clock: systemClock, masterKey })
  const app = await compose(config, infrastructure)
  const system = await app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const tenant = await app.tenants.create(contextOf(system), {
    slug: 'bench',
    name: 'Bench',
    settings,
  })
  const context = contextOf(tenant)
  for (let user = 0; user < Number(process.env['BENCH_USERS']); user++) {
    await app.identity.createUser(context, {
      email: `user${user}@example.test`,
      password: new Secret(BENCH_PASSWORD),
      emailVerified: true,
    })
  }
  return { app, tenant, context }
}

function contextOf(tenant: RequestContext['tenant']): RequestContext {
  const source = { ip: 'internal', userAgent: undefined }
  return { requestId: newId('req'), tenant, principal: undefined, source, clock: systemClock }
}
