import type { Clock, KeyId, RequestContext, SessionId, TenantId } from '../../kernel/index.ts'
import { Coalescer, type Database, KeyedCoalescer } from '../../platform/db/index.ts'
import type { LiveSession } from './model.ts'
import { parseSessionCookie } from './session-cookie.ts'
import {
  findByCookieStatement,
  findLiveSessions,
  type SessionQuestion,
  toLiveSession,
} from './store.ts'

type Question = SessionQuestion & { readonly clock: Clock }

export type FindLive = (
  context: RequestContext,
  sessionId: SessionId,
  keyId?: KeyId,
) => Promise<LiveSession | undefined>

/**
 * Makes the read behind every bearer request. Requests of one tenant that arrive together share
 * one statement; nothing is remembered between statements, so an ended session is refused at once.
 */
export function createFindLive(database: Database): FindLive {
  const limits = { maxBatch: MAX_BATCH, maxInFlight: database.kind === 'embedded' ? 1 : 2 }
  const questions = new KeyedCoalescer<TenantId, Question, LiveSession | undefined>(
    (tenant) => new Coalescer((batch) => answer(database, tenant, batch), limits),
  )
  return ({ tenant, clock }, sessionId, keyId) =>
    questions.submit(tenant.id, { sessionId, keyId, clock })
}

async function answer(
  database: Database,
  tenant: TenantId,
  batch: readonly Question[],
): Promise<(LiveSession | undefined)[]> {
  const first = batch[0]
  if (first === undefined) return []
  const [rows] = await database.tenantBatch(tenant, [findLiveSessions(batch, first.clock.now())])
  const answers: (LiveSession | undefined)[] = batch.map(() => undefined)
  for (const row of rows) answers[Number(row.position) - 1] = toLiveSession(row)
  return answers
}

/** The live session of a browser's cookie; undefined for anything else. */
export async function findByCookie(
  database: Database,
  context: RequestContext,
  text: string,
): Promise<LiveSession | undefined> {
  const cookie = parseSessionCookie(text)
  if (cookie === undefined) return undefined
  const [rows] = await database.tenantBatch(context.tenant.id, [
    findByCookieStatement(context, cookie),
  ])
  return rows[0] === undefined ? undefined : toLiveSession(rows[0])
}

const MAX_BATCH = 200
