import { type Statement, sql } from './sql.ts'

/** What a value that others made is used for; one of another purpose is another value. */
export type UsedValuePurpose = 'captcha'

export interface UsedValue {
  readonly purpose: UsedValuePurpose
  /** SHA-256 of the value; the value itself is never stored. */
  readonly hash: Buffer
  /** From when on the value is refused for its age. */
  readonly expiresAt: Date
}

/**
 * Notes the use of a value that was not issued from a table, such as a signed challenge: the
 * primary key decides, so that of any number of parallel callers, on any number of nodes, one gets
 * a row (invariant I2). The others get none, and must be refused.
 */
export function useOnce({ purpose, hash, expiresAt }: UsedValue): Statement<{ purpose: string }> {
  return sql<{ purpose: string }>`
    INSERT INTO used_values (tenant_id, purpose, value_hash, expires_at)
    VALUES (current_tenant_id(), ${purpose}, ${hash}, ${expiresAt})
    ON CONFLICT DO NOTHING
    RETURNING purpose`
}

/** A day later than needed: the clocks of nodes differ. */
export function purgeUsedValues(now: Date): Statement {
  return sql`
    DELETE FROM used_values
     WHERE tenant_id = current_tenant_id() AND expires_at < ${now}::timestamptz - interval '1 day'`
}
