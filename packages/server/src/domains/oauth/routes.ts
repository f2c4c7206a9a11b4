import type { Route } from '../../platform/http/index.ts'
import { type ClientRouteServices, clientRoutes } from './clients/client-routes.ts'
import { type ConnectedRouteServices, connectedRoutes } from './connected-routes.ts'
import { protectedResourceRoute } from './protected-resource-route.ts'
import { type RequestRouteServices, requestRoutes } from './request-routes.ts'
import { type TrustedIssuerRouteServices, trustedIssuerRoutes } from './trusted-issuers/routes.ts'

export type OAuthRouteServices = ClientRouteServices &
  ConnectedRouteServices &
  RequestRouteServices &
  TrustedIssuerRouteServices

export function oauthRoutes(services: OAuthRouteServices): readonly Route[] {
  return [
    ...clientRoutes(services),
    ...connectedRoutes(services),
    ...requestRoutes(services),
    ...trustedIssuerRoutes(services),
    protectedResourceRoute(),
  ]
}
