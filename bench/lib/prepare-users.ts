import { openApplication } from './open-application.ts'

/** Makes a tenant with users in the database of the environment, and prints its slug. */
// Suites fail at signing in on purpose, and measure that.
const { app, tenant } = await openApplication({ captcha_policy: 'off' })
await app.close()
console.log(tenant.slug)
