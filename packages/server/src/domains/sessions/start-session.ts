import {
  addDuration,
  earlierOf,
  newId,
  type RequestContext,
  type Secret,
  type UserId,
} from '../../kernel/index.ts'
import type { Statement } from '../../platform/db/index.ts'
import { deviceLabel } from '../devices/index.ts'
import {
  type Authentication,
  idleLimit,
  type Session,
  type SessionDevice,
  type SessionTransport,
} from './model.ts'
import { formatSessionCookie, hashSessionCookie, makeSessionCookie } from './session-cookie.ts'
import { insertSessionStatement } from './store.ts'

export interface NewSession extends Authentication {
  readonly userId: UserId
  readonly transport: SessionTransport
  /** undefined for a session that no sign-in on a device began. */
  readonly device?: SessionDevice
}

export interface StartedSession {
  readonly session: Session
  /** Content of the cookie, for transport `cookie`. Hand it out only after the commit. */
  readonly cookie: Secret<string> | undefined
  readonly statement: Statement
}

/**
 * Makes a session for a user who has just proven every factor that is asked for. The caller runs
 * the statement together with its audit event.
 */
export function startSession(context: RequestContext, input: NewSession): StartedSession {
  const { policy } = context.tenant
  const createdAt = context.clock.now()
  const absoluteExpiresAt = addDuration(createdAt, policy.sessionAbsolute)
  const idle = addDuration(createdAt, idleLimit(input.transport, policy))
  const session: Session = {
    id: newId('ses'),
    userId: input.userId,
    transport: input.transport,
    authTime: input.authTime,
    acr: input.acr,
    amr: input.amr,
    createdAt,
    lastSeenAt: createdAt,
    idleExpiresAt: earlierOf(idle, absoluteExpiresAt),
    absoluteExpiresAt,
    deviceLabel: deviceLabel(context.source.userAgent),
    sourceIp: context.source.ip,
    device: input.device ?? { hash: undefined, isBound: false },
  }
  if (input.transport === 'bearer') {
    return { session, cookie: undefined, statement: insertSessionStatement(session, undefined) }
  }
  const cookie = makeSessionCookie(session.id)
  return {
    session,
    cookie: formatSessionCookie(cookie),
    statement: insertSessionStatement(session, hashSessionCookie(cookie)),
  }
}
