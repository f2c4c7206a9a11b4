import { toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'

/** Suspends an active user until the hit is decided. Answers a row if the user was active. */
export function holdUserRow(id: UserId, now: Date): Statement<{ id: string }> {
  return sql<{ id: string }>`
    UPDATE users SET status = 'suspended', suspended_by = 'screening', updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND status = 'active'
    RETURNING id`
}

/** @returns false if somebody else suspended the user, or nobody did */
export async function releaseHeldRow(tx: Tx, id: UserId, now: Date): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE users SET status = 'active', suspended_by = NULL, updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND status = 'suspended' AND suspended_by = 'screening'
    RETURNING id`)
  return row !== undefined
}

/** The suspension is an administrator's from now on. @returns false if it was before */
export async function takeHoldOver(tx: Tx, id: UserId, now: Date): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE users SET suspended_by = NULL, updated_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND status = 'suspended' AND suspended_by = 'screening'
    RETURNING id`)
  return row !== undefined
}

export async function isHeld(tx: Tx, id: UserId): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    SELECT id FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}
       AND status = 'suspended' AND suspended_by = 'screening'`)
  return row !== undefined
}
