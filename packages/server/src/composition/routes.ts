import { accessRoutes } from '../domains/access/index.ts'
import { auditRoutes } from '../domains/audit/index.ts'
import { deviceRoutes } from '../domains/devices/index.ts'
import { factorRoutes, webauthnRoutes } from '../domains/factors/index.ts'
import { identityRoutes } from '../domains/identity/index.ts'
import { keyRoutes } from '../domains/keys/index.ts'
import { oauthRoutes } from '../domains/oauth/index.ts'
import { screeningRoutes } from '../domains/screening/index.ts'
import { sessionRoutes } from '../domains/sessions/index.ts'
import { sharedSignalRoutes } from '../domains/shared-signals/index.ts'
import { signInRoutes } from '../domains/sign-in/index.ts'
import { tenantRoutes } from '../domains/tenants/index.ts'
import type { Route } from '../platform/http/index.ts'

export type RouteServices = Parameters<typeof accessRoutes>[0] &
  Parameters<typeof auditRoutes>[0] &
  Parameters<typeof deviceRoutes>[0] &
  Parameters<typeof oauthRoutes>[0] &
  Parameters<typeof factorRoutes>[0] &
  Parameters<typeof identityRoutes>[0] &
  Parameters<typeof keyRoutes>[0] &
  Parameters<typeof screeningRoutes>[0] &
  Parameters<typeof sessionRoutes>[0] &
  Parameters<typeof sharedSignalRoutes>[0] &
  Parameters<typeof signInRoutes>[0] &
  Parameters<typeof tenantRoutes>[0] &
  Parameters<typeof webauthnRoutes>[0]

/** Every endpoint. OpenAPI, the reference and the coverage tests read this list. */
export function applicationRoutes(services: RouteServices): readonly Route[] {
  return [
    ...signInRoutes(services),
    ...identityRoutes(services),
    ...factorRoutes(services),
    ...webauthnRoutes(services),
    ...sessionRoutes(services),
    ...deviceRoutes(services),
    ...oauthRoutes(services),
    ...sharedSignalRoutes(services),
    ...screeningRoutes(services),
    ...keyRoutes(services),
    ...accessRoutes(services),
    ...auditRoutes(services),
    ...tenantRoutes(services),
  ]
}
