export {
  defineRoute,
  type Reply,
  type ReplyCookie,
  type ResponseDefinition,
  type Route,
  type RouteAudit,
  type RouteAuth,
  type RouteDefinition,
  type RouteInput,
  type RouteRateLimit,
} from './define-route.ts'
export { insufficientAuthentication } from './check-assurance.ts'
export type {
  HostedPages,
  PageAuth,
  PageRefusal,
  PageReply,
  PageRoute,
  PageVisit,
} from './page-route.ts'
export { pageOf, pageQuery, toPage } from './page.ts'
export { typedId } from './typed-id.ts'
export { createHttpServer, type HttpServerOptions } from './create-http-server.ts'
export type { HttpPorts, ResolvedTenant } from './ports.ts'
export { ERROR_TYPE_BASE } from './problem.ts'
export { errorsOf } from './implied-errors.ts'
export { describeRoutes, type OpenApiOptions } from './openapi.ts'
export { checkIfMatch } from './check-if-match.ts'
export { contentTag } from './content-tag.ts'
export { httpErrors } from './http-errors.ts'
export { parseAcceptLanguage } from './accept-language.ts'
export { sourceKey } from './source-key.ts'
export type { StaticPage } from './static-page.ts'
export { secretText } from './secret-text.ts'
export { chosenNameSchema } from './chosen-name.ts'
export { UNSUITABLE_IN_NAMES } from './unsuitable-in-names.ts'
export type { ClientCertificate } from './client-certificate.ts'
export type { ProtocolExchange, ProtocolMount } from './protocol-mount.ts'
export { PAGE_CONTENT_SECURITY_POLICY } from './security-headers.ts'
