import { type Statement, sql } from '../../platform/db/index.ts'

/**
 * Refuses one access token from now on, wherever the server is asked. Kept until it expires.
 * @see RFC 7009 §2.1
 */
export function denyAccessToken(
  jti: string,
  { now, expiresAt }: { readonly now: Date; readonly expiresAt: Date },
): Statement {
  return sql`
    INSERT INTO revoked_access_tokens (tenant_id, jti, revoked_at, expires_at)
    VALUES (current_tenant_id(), ${jti}, ${now}, ${expiresAt})
    ON CONFLICT (tenant_id, jti) DO NOTHING`
}

/** @returns a row if the token was revoked */
export function findDeniedToken(jti: string): Statement<{ jti: string }> {
  return sql<{ jti: string }>`
    SELECT jti FROM revoked_access_tokens WHERE tenant_id = current_tenant_id() AND jti = ${jti}`
}

/** An hour after its expiry no clock takes a token for valid. */
export function purgeDeniedTokens(now: Date): Statement {
  return sql`
    DELETE FROM revoked_access_tokens
     WHERE tenant_id = current_tenant_id()
       AND expires_at < ${now}::timestamptz - interval '1 hour'`
}
