import { toUuid, type UserId } from '../../kernel/index.ts'
import { sql, type Tx } from '../../platform/db/index.ts'

/** Who wants a password replaced. That of an administrator outlives the finding of a breach. */
export type PasswordDemand = 'administrator' | 'breach'

/**
 * @param provenAgainst only this stored hash; undefined: whichever the user has
 * @returns false if there is no such password, or it is to be replaced already
 */
export async function demandReplacement(
  tx: Tx,
  userId: UserId,
  { by, provenAgainst }: { by: PasswordDemand; provenAgainst?: string },
): Promise<boolean> {
  const row = await tx.first(sql<{ user_id: string }>`
    UPDATE passwords SET change_demanded_by = ${by}
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND (${provenAgainst ?? null}::text IS NULL OR password_hash = ${provenAgainst ?? null})
       AND (change_demanded_by IS NULL OR (change_demanded_by = 'breach' AND ${by} = 'administrator'))
    RETURNING user_id`)
  return row !== undefined
}
