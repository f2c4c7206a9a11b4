import { type Acr, type Id, type SessionId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'

export type StepUpId = Id<'stp'>

export interface NewStepUp {
  readonly id: StepUpId
  readonly sessionId: SessionId
  /** undefined: any will do. */
  readonly acr: Acr | undefined
  /** SHA-256; undefined: it is for no transaction in particular. */
  readonly transactionDigest: Buffer | undefined
  readonly attempts: number
  readonly createdAt: Date
  readonly expiresAt: Date
}

export async function insertStepUp(tx: Tx, stepUp: NewStepUp): Promise<void> {
  await tx.run(sql`
    INSERT INTO step_ups (tenant_id, id, session_id, acr, transaction_digest, attempts_left,
                          created_at, expires_at)
    VALUES (current_tenant_id(), ${toUuid(stepUp.id)}, ${toUuid(stepUp.sessionId)},
            ${stepUp.acr ?? null}, ${stepUp.transactionDigest ?? null}, ${stepUp.attempts},
            ${stepUp.createdAt}, ${stepUp.expiresAt})`)
}

/** A step-up as a session names it: that of another session does not exist for it. */
export interface StepUpKey {
  readonly id: StepUpId
  readonly sessionId: SessionId
  readonly now: Date
}

/**
 * Takes one attempt off before anything is judged.
 * @returns no row if there is no such step-up to complete (any more)
 */
export function takeStepUpAttempt({ id, sessionId, now }: StepUpKey): Statement<{ id: string }> {
  return sql<{ id: string }>`
    UPDATE step_ups SET attempts_left = attempts_left - 1
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND session_id = ${toUuid(sessionId)} AND attempts_left > 0
       AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING id`
}

/** No row if there is no such step-up to complete (any more). Nothing is taken. */
export function findStepUp({ id, sessionId, now }: StepUpKey): Statement<{ id: string }> {
  return sql<{ id: string }>`
    SELECT id FROM step_ups
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND session_id = ${toUuid(sessionId)} AND attempts_left > 0
       AND consumed_at IS NULL AND expires_at > ${now}`
}

export type AskedStepUp = Pick<NewStepUp, 'acr' | 'transactionDigest'>

/**
 * INVARIANT I2: of parallel proofs of one step-up at most one gets it.
 * @returns what it asks for
 */
export async function consumeStepUp(
  tx: Tx,
  { id, sessionId, now }: StepUpKey,
): Promise<AskedStepUp | undefined> {
  const row = await tx.first(sql<{ acr: Acr | null; transaction_digest: Buffer | null }>`
    UPDATE step_ups SET consumed_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND session_id = ${toUuid(sessionId)} AND consumed_at IS NULL AND expires_at > ${now}
    RETURNING acr, transaction_digest`)
  if (row === undefined) return undefined
  return { acr: row.acr ?? undefined, transactionDigest: row.transaction_digest ?? undefined }
}

export function purgeStepUps(now: Date): Statement {
  return sql`
    DELETE FROM step_ups
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}`
}
