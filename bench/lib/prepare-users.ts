import { loadConfig } from '../../packages/server/src/platform/config/index.ts'
import { compose } from '../../packages/server/src/composition/compose.ts'
import { openInfrastructure } from '../../packages/server/src/composition/infrastructure.ts'
import {
  newId,
  type RequestContext,
  Secret,
  systemClock,
} from '../../packages/server/src/kernel/index.ts'
import { BENCH_PASSWORD } from './servers.ts'

/** Makes a tenant with users in the database of the environment, and prints its slug. */
const { config } = loadConfig({ env: process.env, cwd: process.cwd(), command: 'serve' })
const { masterKey } = config
if (masterKey === undefined) throw new Error('the environment has no master key')
const app = await compose(
  config,
  await openInfrastructure(config, { clock: systemClock, masterKey }),
)
const system = await app.tenants.findBySlug('system')
if (system === undefined) throw new Error('the system tenant is missing')
const context = (tenant: RequestContext['tenant']): RequestContext => ({
  requestId: newId('req'),
  tenant,
  principal: undefined,
  source: { ip: 'internal', userAgent: undefined },
  clock: systemClock,
})
const tenant = await app.tenants.create(context(system), {
  slug: 'bench',
  name: 'Bench',
  // Suites fail at signing in on purpose, and measure that.
  settings: { captcha_policy: 'off' },
})
for (let user = 0; user < Number(process.env['BENCH_USERS']); user++) {
  await app.identity.createUser(context(tenant), {
    email: `user${user}@example.test`,
    password: new Secret(BENCH_PASSWORD),
    emailVerified: true,
  })
}
await app.close()
console.log(tenant.slug)
