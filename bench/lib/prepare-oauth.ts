import { BENCH_API, BENCH_REDIRECT_URI, type PreparedOAuth } from './oauth-prepared.ts'
import { openApplication } from './open-application.ts'

/** Makes a tenant with users, a service and a web client, and prints what a suite needs as JSON. */
const { app, tenant, context } = await openApplication({
  captcha_policy: 'off',
  audiences: [BENCH_API],
})
const service = await app.clients.create(context, {
  profile: 'service',
  name: 'Service',
  metadata: {
    scope: 'read',
    resources: [BENCH_API],
    token_endpoint_auth_method: 'client_secret_post',
  },
})
const web = await app.clients.create(context, {
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
