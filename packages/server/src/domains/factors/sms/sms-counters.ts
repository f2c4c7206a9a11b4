import { createHash } from 'node:crypto'
import {
  addDuration,
  milliseconds,
  type RequestContext,
  type Secret,
  type UserId,
} from '../../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../../platform/db/index.ts'
import { smsErrors } from './errors.ts'
import { type SmsLimit, SMS_COUNTERS_KEPT, smsLimits } from './policy.ts'
import { smsCountryOf } from './sms-country.ts'

interface CountedRow {
  scope: string
  sent: number
  window_started_at: Date
}

/**
 * INVARIANT I7: counts one message, in the transaction that queues it and before. If any limit is
 * reached the refusal undoes the transaction, and with it this count; the rows are locked until the
 * end, so parallel requests see each other. A window ends by the clock only: one that steps back
 * lengthens it (I11).
 * @throws sms_limit_reached
 */
export async function countSms(
  tx: Tx,
  context: RequestContext,
  message: { readonly number: Secret<string>; readonly userId: UserId },
): Promise<void> {
  const now = context.clock.now()
  const { policy } = context.tenant
  const country = smsCountryOf(policy, message.number)
  const limits = smsLimits(policy, country)
  const keys: Record<SmsLimit['scope'], Buffer> = {
    recipient: keyHash(context, message.number.reveal()),
    user: keyHash(context, message.userId),
    tenant: keyHash(context, ''),
    country: keyHash(context, country.beginning),
  }
  const rows = await tx.run(sql<CountedRow>`
    WITH rule AS (
      SELECT * FROM unnest(${limits.map(({ name }) => name)}::text[],
                           ${limits.map(({ scope }) => keys[scope])}::bytea[],
                           ${limits.map(({ window }) => window.milliseconds / 1000)}::int[])
        AS r (scope, key_hash, seconds)
    )
    INSERT INTO sms_counters AS c (tenant_id, scope, key_hash, sent, window_started_at)
    SELECT current_tenant_id(), scope, key_hash, 1, ${now} FROM rule ORDER BY scope
    ON CONFLICT (tenant_id, scope, key_hash) DO UPDATE SET
      sent = CASE WHEN c.window_started_at + make_interval(secs =>
                    (SELECT seconds FROM rule WHERE rule.scope = c.scope)) <= ${now}
                  THEN 1 ELSE c.sent + 1 END,
      window_started_at = CASE WHEN c.window_started_at + make_interval(secs =>
                                 (SELECT seconds FROM rule WHERE rule.scope = c.scope)) <= ${now}
                               THEN ${now} ELSE c.window_started_at END
    RETURNING scope, sent, window_started_at`)
  for (const { name, most, window } of limits) {
    const counted = rows.find(({ scope }) => scope === name)
    if (counted === undefined) throw new Error(`the limit ${name} was not counted`)
    if (counted.sent <= most) continue
    const end = addDuration(counted.window_started_at, window)
    const retryAfter = milliseconds(Math.max(1000, end.getTime() - now.getTime()))
    throw smsErrors.sms_limit_reached({ retryAfter, internal: name })
  }
}

export function purgeSmsCounters(now: Date): Statement {
  const before = addDuration(now, milliseconds(-SMS_COUNTERS_KEPT.milliseconds))
  return sql`
    DELETE FROM sms_counters
     WHERE tenant_id = current_tenant_id() AND window_started_at < ${before}`
}

/** Hashed with the tenant: the table holds no numbers, and equal ones look different elsewhere. */
function keyHash({ tenant }: RequestContext, subject: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([tenant.id, 'sms', subject]))
    .digest()
}
