import { formatLine, type Measured, saveResults, updateReadme } from './lib/report.ts'
import { benchEnumeration } from './suites/enumeration.ts'
import { benchMe } from './suites/me.ts'
import { benchOAuth } from './suites/oauth.ts'
import { benchOAuthTenants } from './suites/oauth-tenants.ts'
import { benchRefresh } from './suites/refresh.ts'
import { benchSignIn } from './suites/sign-in.ts'
import { benchVerify } from './suites/verify.ts'

/**
 * `npm run bench [-- suite…]`: each suite measures us and a named reference in the same run and
 * prints the ratio. Run it on a machine that does nothing else.
 */
const suites: Record<string, () => Promise<Measured[]>> = {
  verify: benchVerify,
  me: benchMe,
  refresh: benchRefresh,
  oauth: benchOAuth,
  'oauth-tenants': benchOAuthTenants,
  'sign-in': benchSignIn,
  enumeration: benchEnumeration,
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in suites))
if (unknown.length > 0) {
  console.error(`no suite \`${unknown.join('`, `')}\`: choose of ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
let missed = 0
for (const [name, run] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.error(`measuring ${name}…`)
  const results = await run()
  saveResults(name, results)
  for (const measured of results) {
    console.log(formatLine(measured))
    if (!measured.withinBudget) missed++
  }
}
updateReadme(Object.keys(suites))
process.exitCode = missed > 0 ? 1 : 0
