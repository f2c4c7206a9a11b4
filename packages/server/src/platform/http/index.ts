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
export { pageOf, pageQuery, toPage } from './page.ts'
export { typedId } from './typed-id.ts'
