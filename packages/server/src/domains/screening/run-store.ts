import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql } from '../../platform/db/index.ts'

/** Begins again where the digest is another one; answers how far the users were screened. */
export function beginRun(digest: string): Statement<RunRow> {
  return sql<RunRow>`
    INSERT INTO screening_runs (tenant_id, digest)
    VALUES (current_tenant_id(), ${digest})
    ON CONFLICT (tenant_id) DO UPDATE
       SET digest = excluded.digest,
           after_user_id = CASE WHEN screening_runs.digest = excluded.digest
                                THEN screening_runs.after_user_id END,
           finished_at = CASE WHEN screening_runs.digest = excluded.digest
                              THEN screening_runs.finished_at END
    RETURNING after_user_id, finished_at`
}

/** Nothing, if the list was changed meanwhile. */
export function advanceRun(digest: string, after: UserId): Statement {
  return sql`
    UPDATE screening_runs SET after_user_id = ${toUuid(after)}
     WHERE tenant_id = current_tenant_id() AND digest = ${digest} AND finished_at IS NULL`
}

export function finishRun(digest: string, now: Date): Statement {
  return sql`
    UPDATE screening_runs SET finished_at = ${now}
     WHERE tenant_id = current_tenant_id() AND digest = ${digest}`
}

export function deleteRun(): Statement {
  return sql`DELETE FROM screening_runs WHERE tenant_id = current_tenant_id()`
}

export function toRun(row: RunRow | undefined) {
  const after = row?.after_user_id ?? undefined
  return {
    after: after === undefined ? undefined : fromUuid('usr', after),
    isFinished: (row?.finished_at ?? null) !== null,
  }
}

interface RunRow {
  after_user_id: string | null
  finished_at: Date | null
}
