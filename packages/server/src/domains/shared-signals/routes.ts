import type { Route } from '../../platform/http/index.ts'
import { signalAdminRoutes } from './admin-routes.ts'
import { transmitterRoute } from './discovery-route.ts'
import { eventRoutes } from './event-routes.ts'
import type { SharedSignalRouteServices } from './receiver-auth.ts'
import { streamRoutes } from './stream-routes.ts'

export function sharedSignalRoutes(services: SharedSignalRouteServices): readonly Route[] {
  return [
    transmitterRoute(),
    ...streamRoutes(services),
    ...eventRoutes(services),
    ...signalAdminRoutes(services),
  ]
}
