import {
  addDuration,
  earlierOf,
  type RequestContext,
  type Secret,
  type SessionId,
} from '../../kernel/index.ts'
import type { Statement } from '../../platform/db/index.ts'
import { formatRefreshToken, makeRefreshToken } from './refresh-token-format.ts'
import { insertRefreshToken } from './store.ts'

export interface StartedFamily {
  /** Hand it to the client only after the statement has committed. */
  readonly refreshToken: Secret<string>
  readonly expiresAt: Date
  /** Run it behind the insert of the session, in the same transaction or batch. */
  readonly statement: Statement
}

/** Makes the first refresh token of a new session. The family of a token is its session. */
export function startFamily(
  context: RequestContext,
  session: { readonly id: SessionId; readonly absoluteExpiresAt: Date },
): StartedFamily {
  const createdAt = context.clock.now()
  const lifetime = context.tenant.policy.refreshTokenLifetime
  const expiresAt = earlierOf(addDuration(createdAt, lifetime), session.absoluteExpiresAt)
  const token = makeRefreshToken()
  return {
    refreshToken: formatRefreshToken(token),
    expiresAt,
    statement: insertRefreshToken({ token, sessionId: session.id, createdAt, expiresAt }),
  }
}
