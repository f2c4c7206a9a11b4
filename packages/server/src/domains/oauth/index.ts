export { fetchByEgress } from './engine/fetch-by-egress.ts'
export { oauthAuditEvents } from './audit-events.ts'
export type {
  Client,
  ClientChange,
  ClientMetadata,
  CreatedClient,
  NewClient,
} from './clients/model.ts'
export type { Clients } from './clients/clients.ts'
export type { ClientProfile } from './clients/profiles.ts'
export type { ClientSubjects } from './engine/client-subjects.ts'
export type { ConnectedApplication } from './engine/consent-store.ts'
export { oauthErrors } from './errors.ts'
export { createOAuth, type OAuth, type OAuthOptions } from './oauth.ts'
export type {
  AuthorizationDetailOnPage,
  ClientOnPage,
  ConsentPageProps,
  ContinuePageProps,
  DeviceCodePageProps,
  DeviceConfirmPageProps,
  DeviceDonePageProps,
  FormOnPage,
  LoggedOutPageProps,
  LogoutPageProps,
  OAuthErrorPageProps,
  OAuthPageFrame,
  OAuthPages,
  PostToPageProps,
  UserOnPage,
} from './ports.ts'
export { SIGNAL_SCOPES, signalsResourceOf } from './own-resources.ts'
export { oauthRoutes, type OAuthRouteServices } from './routes.ts'
