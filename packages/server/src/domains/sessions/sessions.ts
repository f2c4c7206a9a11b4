import type { RequestContext, SessionId, UserContext, UserId } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { accessErrors } from '../access/index.ts'
import type { DeviceRemovalPort } from '../devices/index.ts'
import type { CredentialChangePort } from '../identity/index.ts'
import { credentialChange } from './credential-change.ts'
import { endRefusedSession, type RefusedSession, shortenSessions } from './end-refused-session.ts'
import { deviceRemoval } from './device-removal.ts'
import {
  endCurrentSession,
  endOwnSession,
  endSessionsOfOther,
  endSessionsOnRequest,
} from './end-sessions.ts'
import { createFindLive, type FindLive, findByCookie } from './find-session.ts'
import { listSessionsStatement, type SessionPage, toListedSession } from './listed-session-store.ts'
import type { ListedSession, LiveSession } from './model.ts'
import { renameOwnSession } from './rename-session.ts'
import { deleteExpiredSessions, findUserStatement } from './store.ts'

export interface Sessions {
  /**
   * The session of an access token, if it is live and its user active. With `keyId`, the key that
   * signed the token must be neither revoked nor gone. Undefined means 401.
   */
  readonly findLive: FindLive
  /** The session of a browser's cookie, if it is live; notes its use. */
  findByCookie(context: RequestContext, cookie: string): Promise<LiveSession | undefined>
  /** Own live sessions, newest first. */
  list(context: UserContext, page: SessionPage): Promise<ListedSession[]>
  /** Without a name it has none again. @throws session_not_found */
  rename(
    context: UserContext,
    sessionId: SessionId,
    name: string | undefined,
  ): Promise<ListedSession>
  /** @throws session_not_found */
  end(context: UserContext, sessionId: SessionId): Promise<void>
  endCurrent(context: UserContext): Promise<void>
  /** All but the one that asks. */
  endOthers(context: UserContext): Promise<void>
  endAll(context: UserContext): Promise<void>
  /** For an administrator. @throws user_not_found */
  listOfUser(context: UserContext, userId: UserId, page: SessionPage): Promise<ListedSession[]>
  /** For an administrator. @throws user_not_found */
  endAllOfUser(context: UserContext, userId: UserId): Promise<void>
  /** Ends a session that was judged again and may not go on. */
  endRefused(context: RequestContext, refused: RefusedSession): Promise<void>
  /** Brings the limits of live sessions down to those of the tenant. @returns how many */
  shorten(context: RequestContext): Promise<number>
  asCredentialChangePort(): CredentialChangePort
  asDeviceRemovalPort(): DeviceRemovalPort
  /**
   * Deletes sessions past their absolute limit, with their refresh tokens.
   * @returns how many
   */
  purgeExpired(context: RequestContext): Promise<number>
}

export function createSessions({ database }: { readonly database: Database }): Sessions {
  const endMany = (context: UserContext, ending: Parameters<typeof endSessionsOnRequest>[2]) =>
    endSessionsOnRequest(database, context, ending)
  return {
    findLive: createFindLive(database),
    findByCookie: (context, cookie) => findByCookie(database, context, cookie),
    list: (context, page) => listSessions(database, context, context.principal.userId, page),
    rename: (context, id, name) => renameOwnSession(database, context, id, name),
    end: (context, id) => endOwnSession(database, context, id),
    endCurrent: (context) => endCurrentSession(database, context),
    endOthers: (context) => {
      const { userId, sessionId } = context.principal
      return endMany(context, { userId, reason: 'ended_by_user', keep: sessionId })
    },
    endAll: (context) =>
      endMany(context, { userId: context.principal.userId, reason: 'signed_out_everywhere' }),
    listOfUser: (context, userId, page) => listSessionsOfOther(database, context, userId, page),
    endAllOfUser: (context, userId) => endSessionsOfOther(database, context, userId),
    endRefused: (context, refused) => endRefusedSession(database, context, refused),
    shorten: (context) => shortenSessions(database, context),
    asCredentialChangePort: () => credentialChange,
    asDeviceRemovalPort: () => deviceRemoval,
    purgeExpired: (context) => purgeExpired(database, context),
  }
}

async function listSessions(
  database: Database,
  context: UserContext,
  userId: UserId,
  page: SessionPage,
): Promise<ListedSession[]> {
  const statement = listSessionsStatement(userId, context.clock.now(), page)
  const [rows] = await database.tenantBatch(context.tenant.id, [statement])
  return rows.map(toListedSession)
}

async function listSessionsOfOther(
  database: Database,
  context: UserContext,
  userId: UserId,
  page: SessionPage,
): Promise<ListedSession[]> {
  const [known, rows] = await database.tenantBatch(context.tenant.id, [
    findUserStatement(userId),
    listSessionsStatement(userId, context.clock.now(), page),
  ])
  if (known.length === 0) throw accessErrors.user_not_found()
  return rows.map(toListedSession)
}

async function purgeExpired(database: Database, context: RequestContext): Promise<number> {
  let deleted = 0
  for (;;) {
    const [rows] = await database.tenantBatch(context.tenant.id, [
      deleteExpiredSessions(context.clock.now(), ROWS_AT_A_TIME),
    ])
    deleted += rows.length
    if (rows.length < ROWS_AT_A_TIME) return deleted
  }
}

const ROWS_AT_A_TIME = 500
