import { fromUuid, newId, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { HitId, HitStatus, ScreeningHit } from './model.ts'

interface Found {
  readonly userId: UserId
  readonly entries: readonly string[]
  readonly now: Date
}

/** Of a user who is new in this transaction, so that nothing can be there before. */
export function insertHits({ userId, entries, now }: Found): Statement {
  return sql`
    INSERT INTO screening_hits (tenant_id, id, user_id, entry_id, status, found_at)
    SELECT current_tenant_id(), new.id, ${toUuid(userId)}::uuid, new.entry_id, 'open', ${now}::timestamptz
      FROM unnest(${idsFor(entries)}::uuid[], ${[...entries]}::text[]) AS new (id, entry_id)`
}

/** Adds what is new. What was decided about this user and an entry stays decided. */
export async function addHits(tx: Tx, { userId, entries, now }: Found) {
  const row = await tx.first(sql<{ added: string[] | null; is_open: boolean }>`
    WITH added AS (
      INSERT INTO screening_hits (tenant_id, id, user_id, entry_id, status, found_at)
      SELECT current_tenant_id(), new.id, ${toUuid(userId)}::uuid, new.entry_id, 'open', ${now}::timestamptz
        FROM unnest(${idsFor(entries)}::uuid[], ${[...entries]}::text[]) AS new (id, entry_id)
      ON CONFLICT (tenant_id, user_id, entry_id) DO NOTHING
      RETURNING entry_id)
    SELECT (SELECT array_agg(entry_id ORDER BY entry_id) FROM added) AS added,
           EXISTS (SELECT FROM added) OR EXISTS (
             SELECT FROM screening_hits
              WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
                AND entry_id = ANY (${[...entries]}::text[]) AND status = 'open') AS is_open`)
  return { added: row?.added ?? [], isOpen: row?.is_open ?? false }
}

export function selectHit(id: HitId): Statement<HitRow> {
  return sql<HitRow>`
    SELECT id, user_id, entry_id, status, found_at, reason, decided_by, decided_at
      FROM screening_hits
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

export interface HitFilter {
  readonly after: HitId | undefined
  readonly status: HitStatus | undefined
  readonly limit: number
}

/** Oldest first. */
export function selectHits({ after, status, limit }: HitFilter): Statement<HitRow> {
  const from = after === undefined ? null : toUuid(after)
  return sql<HitRow>`
    SELECT id, user_id, entry_id, status, found_at, reason, decided_by, decided_at
      FROM screening_hits
     WHERE tenant_id = current_tenant_id()
       AND (${from}::uuid IS NULL OR id > ${from})
       AND (${status ?? null}::text IS NULL OR status = ${status ?? null})
     ORDER BY id LIMIT ${limit}`
}

/** INVARIANT: one of several decisions at once finds the hit open. */
export async function decideHit(
  tx: Tx,
  id: HitId,
  decision: { status: HitStatus; reason: string; by: UserId | undefined; now: Date },
): Promise<ScreeningHit | undefined> {
  const by = decision.by === undefined ? null : toUuid(decision.by)
  const row = await tx.first(sql<HitRow>`
    UPDATE screening_hits
       SET status = ${decision.status}, reason = ${decision.reason}, decided_by = ${by}::uuid,
           decided_at = ${decision.now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND status = 'open'
    RETURNING id, user_id, entry_id, status, found_at, reason, decided_by, decided_at`)
  return row === undefined ? undefined : toHit(row)
}

export async function hasOpenHit(tx: Tx, userId: UserId): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    SELECT id FROM screening_hits
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)} AND status = 'open'
     LIMIT 1`)
  return row !== undefined
}

export function toHit(row: HitRow): ScreeningHit {
  const { reason, decided_by: by, decided_at: at } = row
  return {
    id: fromUuid('hit', row.id),
    userId: fromUuid('usr', row.user_id),
    entryId: row.entry_id,
    status: row.status,
    foundAt: row.found_at,
    decision:
      at === null || reason === null
        ? undefined
        : { reason, by: by === null ? undefined : fromUuid('usr', by), at },
  }
}

function idsFor(entries: readonly string[]): string[] {
  return entries.map(() => toUuid(newId('hit')))
}

interface HitRow {
  id: string
  user_id: string
  entry_id: string
  status: HitStatus
  found_at: Date
  reason: string | null
  decided_by: string | null
  decided_at: Date | null
}
