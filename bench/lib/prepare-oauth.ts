import { compose } from '../../packages/server/src/composition/compose.ts'
import { openInfrastructure } from '../../packages/server/src/composition/infrastructure.ts'
import {
  newId,
  type RequestContext,
  Secret,
  systemClock,
} from '../../packages/server/src/kernel/index.ts'
import { loadConfig } from '../../packages/server/src/platform/config/index.ts'
import { BENCH_API, BENCH_REDIRECT_URI, type PreparedOAuth } from './oauth-prepared.ts'
import { BENCH_PASSWORD } from './servers.ts'

/** Makes a tenant with users, a service and a web client, and prints what a suite needs as JSON. */
const { config } = loadConfig({ env: process.env, cwd: process.cwd(), command: 'serve' })
const { masterKey } = config
if (masterKey === undefined) throw new Error('the environment has no master key')
const infrastructure = await openInfrastructure(config, { clock: systemClock, masterKey })
const app = await compose(config, infrastructure)
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
  settings: { captcha_policy: 'off', audiences: [BENCH_API] },
})
for (let user = 0; user < Number(process.env['BENCH_USERS']); user++) {
  await app.identity.createUser(context(tenant), {
    email: `user${user}@example.test`,
    password: new Secret(BENCH_PASSWORD),
    emailVerified: true,
  })
}
const service = await app.clients.create(context(tenant), {
  profile: 'service',
  name: 'Service',
  metadata: {
    scope: 'read',
    resources: [BENCH_API],
    token_endpoint_auth_method: 'client_secret_post',
  },
})
const web = await app.clients.create(context(tenant), {
  profile: 'web',
  name: 'Web',
  isFirstParty: true,
  metadata: {
    redirect_uris: [BENCH_REDIRECT_URI],
    scope: 'openid read offline_access',
    resources: [BENCH_API],
    token_endpoint_auth_method: 'client_secret_post',
  },
})
await app.close()
const prepared: PreparedOAuth = {
  slug: tenant.slug,
  service: { id: service.client.id, secret: service.secret?.reveal() ?? '' },
  web: { id: web.client.id, secret: web.secret?.reveal() ?? '' },
}
console.log(JSON.stringify(prepared))
