import type { Route } from '../../platform/http/index.ts'
import { accountRoutes, type IdentityRouteServices } from './account-routes.ts'
import { userAdminRoutes } from './admin-routes.ts'
import { emailRoutes } from './email-routes.ts'
import { meRoutes } from './me-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import { unlockRoutes } from './unlock-routes.ts'

/** Every endpoint of this domain. */
export function identityRoutes(services: IdentityRouteServices): readonly Route[] {
  return [
    ...accountRoutes(services),
    ...emailRoutes(services),
    ...passwordRoutes(services),
    ...unlockRoutes(services),
    ...meRoutes(services),
    ...userAdminRoutes(services),
  ]
}
