export { sessionAuditEvents } from './audit-events.ts'
export type { RefusedSession } from './end-refused-session.ts'
export { sessionErrors } from './errors.ts'
export {
  type Authentication,
  type EndReason,
  idleLimit,
  type ListedSession,
  type LiveSession,
  type Session,
  type SessionTransport,
} from './model.ts'
export { renameSessionSchema } from './schema.ts'
export { type SessionRouteServices, sessionRoutes } from './routes.ts'
export { createSessions, type Sessions } from './sessions.ts'
export { endReplacedSession } from './end-replaced-session.ts'
export { type StrengthenedSession, strengthenSession } from './strengthen-session.ts'
export { type NewSession, type StartedSession, startSession } from './start-session.ts'
