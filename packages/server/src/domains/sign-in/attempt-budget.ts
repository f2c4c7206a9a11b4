import { createHash } from 'node:crypto'
import { type RequestContext, type TenantRef } from '../../kernel/index.ts'
import { type Database, sql, type Statement } from '../../platform/db/index.ts'
import { sourceKey } from '../../platform/http/index.ts'
import { FAILURES_FORGOTTEN_AFTER, FIRST_DELAY, type FailureRule, failureRules } from './policy.ts'

/**
 * Counts failed guesses in the database, so that no restart forgives them (invariant I7).
 * A guess is counted *before* it is judged and given back if it was right: were it counted
 * afterwards, a burst of parallel guesses would all see the counter before any of them.
 */
export interface AttemptBudget {
  /** Counts one attempt. `blocked`: it must be refused whatever the password is. */
  reserve(context: RequestContext, account: string): Promise<Reservation>
  /**
   * The attempt was no wrong guess (the server was overloaded, for example): gives it back. With
   * the reservation, the delay that this very attempt imposed ends too; none of another attempt.
   */
  refund(context: RequestContext, account: string, reservation?: Reservation): Promise<void>
  /** Clears the account and the pair; run it in the transaction that starts the session. */
  clear(context: RequestContext, account: string): Statement
  /** Clears the account and all of its pairs, and no source: its owner asked for it. */
  unlock(context: RequestContext, account: string): Statement
  /** What has been counted so far; nothing is counted by asking. */
  failures(context: RequestContext, account: string): Promise<Failures>
  /** Forgets counters that have been quiet for long. */
  purge(context: RequestContext): Promise<void>
}

export interface Reservation {
  readonly blocked: boolean
  /** Until when this attempt delays the next one, for each counter. */
  readonly delays?: Readonly<Partial<Record<FailureRule['scope'], Date>>>
}

/** Failures in a row, whether or not there is such an account. */
export type Failures = Readonly<Record<FailureRule['scope'], number>>

export function createAttemptBudget(database: Database): AttemptBudget {
  return {
    reserve: async (context, account) => {
      const [rows] = await database.tenantBatch(context.tenant.id, [reserve(context, account)])
      return toReservation(rows)
    },
    refund: async (context, account, reservation) => {
      await database.tenantBatch(context.tenant.id, [giveBack(context, account, reservation)])
    },
    clear: (context, account) => clear(context, account),
    unlock: (context, account) => unlock(context, account),
    failures: async (context, account) => {
      const [rows] = await database.tenantBatch(context.tenant.id, [count(context, account)])
      return { account: 0, source: 0, pair: 0, ...toFailures(rows) }
    },
    purge: async (context) => {
      await database.tenantBatch(context.tenant.id, [purge(context)])
    },
  }
}

/**
 * A blocked attempt is not counted again, or an attacker could keep the owner out for ever by
 * trying during each delay. When a delay has been served, one attempt is judged before the next,
 * longer one. The clock may step back: times only ever grow (invariant I11).
 */
function reserve(context: RequestContext, account: string): Statement<ReservedRow> {
  const rules = failureRules(context.tenant.policy.signInFailuresBeforeDelay)
  const keys = keysOf(context, account)
  const now = context.clock.now()
  const forgotten = new Date(now.getTime() - FAILURES_FORGOTTEN_AFTER.milliseconds)
  return sql<ReservedRow>`
    WITH rule AS (
      SELECT * FROM unnest(${rules.map((rule) => rule.scope)}::text[],
                           ${rules.map((rule) => keys[rule.scope])}::bytea[],
                           ${rules.map((rule) => rule.free)}::int[],
                           ${rules.map((rule) => rule.longestDelay.milliseconds / 1000)}::int[])
        AS r (scope, key_hash, free, longest)
    ), counted AS (
      INSERT INTO sign_in_failures AS f (tenant_id, scope, key_hash, account_hash, failures,
                                         last_failed_at)
      SELECT current_tenant_id(), scope, key_hash,
             CASE WHEN scope = 'pair' THEN ${keys.account}::bytea END, 1, ${now}
        FROM rule ORDER BY scope
      ON CONFLICT (tenant_id, scope, key_hash) DO UPDATE SET
        failures = CASE WHEN f.blocked_until > ${now} THEN f.failures
                        WHEN f.last_failed_at < ${forgotten} THEN 1
                        ELSE f.failures + 1 END,
        last_failed_at = GREATEST(f.last_failed_at, EXCLUDED.last_failed_at),
        is_allowed = CASE
          WHEN f.blocked_until > ${now} THEN false
          WHEN f.last_failed_at < ${forgotten} OR f.blocked_until IS NOT NULL THEN true
          ELSE f.failures < (SELECT free FROM rule WHERE rule.scope = f.scope) END,
        blocked_until = CASE
          WHEN f.blocked_until > ${now} THEN f.blocked_until
          WHEN f.last_failed_at < ${forgotten} THEN NULL
          WHEN f.failures < (SELECT free FROM rule WHERE rule.scope = f.scope) THEN NULL
          ELSE ${now}::timestamptz + make_interval(secs => LEAST(
            (SELECT longest FROM rule WHERE rule.scope = f.scope),
            ${FIRST_DELAY.milliseconds / 1000}
              * power(2, LEAST(20, f.failures - (SELECT free FROM rule WHERE rule.scope = f.scope)))))
          END
      RETURNING scope, is_allowed, blocked_until
    )
    SELECT scope, NOT is_allowed AS blocked, blocked_until FROM counted`
}

interface ReservedRow {
  readonly scope: FailureRule['scope']
  readonly blocked: boolean
  readonly blocked_until: Date | null
}

function toReservation(rows: readonly ReservedRow[]): Reservation {
  // A delay that a blocked attempt met is that of an earlier one.
  const imposed = rows.filter((row) => !row.blocked && row.blocked_until !== null)
  return {
    blocked: rows.some((row) => row.blocked),
    delays: Object.fromEntries(imposed.map((row) => [row.scope, row.blocked_until])),
  }
}

/**
 * A delay that has been served stays noted, or the next attempt would count as one more than
 * allowed; one attempt is judged before the next delay.
 */
function giveBack(
  context: RequestContext,
  account: string,
  { delays = {} }: Partial<Reservation> = {},
): Statement {
  const keys = keysOf(context, account)
  const scopes = ['account', 'source', 'pair'] as const
  return sql`
    UPDATE sign_in_failures f
       SET failures = GREATEST(0, f.failures - 1),
           blocked_until = CASE WHEN f.blocked_until = k.imposed
                                THEN LEAST(f.blocked_until, ${context.clock.now()}::timestamptz)
                                ELSE f.blocked_until END
      FROM unnest(${scopes}::text[],
                  ${scopes.map((scope) => keys[scope])}::bytea[],
                  ${scopes.map((scope) => delays[scope] ?? null)}::timestamptz[])
             AS k (scope, key_hash, imposed)
     WHERE f.tenant_id = current_tenant_id() AND f.scope = k.scope AND f.key_hash = k.key_hash`
}

/** The source keeps its count, less this attempt: one known password must not wash it clean. */
function clear(context: RequestContext, account: string): Statement {
  const keys = keysOf(context, account)
  return sql`
    WITH cleared AS (
      DELETE FROM sign_in_failures f
       USING unnest(${['account', 'pair']}::text[], ${[keys.account, keys.pair]}::bytea[])
             AS k (scope, key_hash)
       WHERE f.tenant_id = current_tenant_id() AND f.scope = k.scope AND f.key_hash = k.key_hash
    )
    UPDATE sign_in_failures SET failures = GREATEST(0, failures - 1)
     WHERE tenant_id = current_tenant_id() AND scope = 'source' AND key_hash = ${keys.source}`
}

function unlock(context: RequestContext, account: string): Statement {
  const key = keysOf(context, account).account
  return sql`
    DELETE FROM sign_in_failures
     WHERE tenant_id = current_tenant_id()
       AND ((scope = 'account' AND key_hash = ${key}) OR (scope = 'pair' AND account_hash = ${key}))`
}

type CountRow = { scope: FailureRule['scope']; failures: number }

function count(context: RequestContext, account: string): Statement<CountRow> {
  const keys = keysOf(context, account)
  const scopes = ['account', 'source', 'pair'] as const
  const now = context.clock.now().getTime()
  return sql<CountRow>`
    SELECT f.scope, f.failures
      FROM sign_in_failures f
      JOIN unnest(${scopes}::text[], ${scopes.map((scope) => keys[scope])}::bytea[])
             AS k (scope, key_hash) ON f.scope = k.scope AND f.key_hash = k.key_hash
     WHERE f.tenant_id = current_tenant_id()
       AND f.last_failed_at >= ${new Date(now - FAILURES_FORGOTTEN_AFTER.milliseconds)}`
}

function toFailures(rows: readonly CountRow[]): Partial<Failures> {
  return Object.fromEntries(rows.map(({ scope, failures }) => [scope, failures]))
}

function purge({ clock }: RequestContext): Statement {
  const forgotten = new Date(clock.now().getTime() - FAILURES_FORGOTTEN_AFTER.milliseconds)
  return sql`
    DELETE FROM sign_in_failures
     WHERE tenant_id = current_tenant_id() AND last_failed_at < ${forgotten}`
}

/** Hashed with the tenant: the table holds no addresses, and equal ones look different elsewhere. */
function keysOf(context: RequestContext, account: string): Record<FailureRule['scope'], Buffer> {
  const source = sourceKey(context.source.ip)
  return {
    account: keyHash(context.tenant, [account]),
    source: keyHash(context.tenant, [source]),
    pair: keyHash(context.tenant, [account, source]),
  }
}

function keyHash(tenant: TenantRef, parts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([tenant.id, ...parts]))
    .digest()
}
