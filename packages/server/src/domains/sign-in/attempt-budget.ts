import { createHash } from 'node:crypto'
import { type RequestContext, type TenantRef } from '../../kernel/index.ts'
import { type Database, sql, type Statement, type Tx } from '../../platform/db/index.ts'
import { sourceKey } from '../../platform/http/index.ts'
import {
  BRAKE_DELAY,
  BRAKE_SOURCES,
  BRAKE_WINDOW,
  CAPTCHA_AFTER,
  FAILURES_FORGOTTEN_AFTER,
  FIRST_DELAY,
  type FailureRule,
  failureRules,
} from './policy.ts'

/**
 * Counts failed guesses in the database, so that no restart forgives them (invariant I7).
 * A guess is counted *before* it is judged and given back if it was right: were it counted
 * afterwards, a burst of parallel guesses would all see the counter before any of them.
 */
export interface AttemptBudget {
  /**
   * Counts one attempt. `blocked`: it must be refused whatever the password is. With `isBrakable` a
   * stranger's attempt is slowed down while the tenant is under attack: for passwords, which are
   * what is stolen elsewhere and tried here.
   */
  reserve(
    context: RequestContext,
    account: string,
    options?: ReservationOptions,
  ): Promise<Reservation>
  /** The same in a transaction, beside whatever else it asks. */
  reserveIn(
    tx: Tx,
    context: RequestContext,
    account: string,
    options?: ReservationOptions,
  ): Promise<Reservation>
  /**
   * The attempt was no wrong guess (the server was overloaded, for example): gives it back. With
   * the reservation, the delay that this very attempt imposed ends too; none of another attempt.
   */
  refund(context: RequestContext, account: string, reservation?: Returned): Promise<void>
  /**
   * Clears what delays this caller: the device if it is known, else the account and the pair. Run it
   * in the transaction that starts the session, before the device becomes known by it.
   */
  clear(context: RequestContext, account: string): Statement
  /** Clears the account, its pairs and its devices, and no source: its owner asked for it. */
  unlock(context: RequestContext, account: string): Statement
  /** Forgets counters that have been quiet for long. */
  purge(context: RequestContext): Promise<void>
}

interface ReservationOptions {
  readonly isBrakable?: boolean
  /** Nothing is counted where the caller has to solve a captcha first; see `isCaptchaDue`. */
  readonly asksForCaptcha?: boolean
}

export interface Reservation {
  readonly blocked: boolean
  /** It came from a device that signed this account in before. */
  readonly isKnownDevice: boolean
  /** The tenant is under attack, and this attempt is a stranger's. */
  readonly isBraked: boolean
  /** So many attempts failed, of this caller or of all, that this one was not counted. */
  readonly isCaptchaDue: boolean
  /** Until when this attempt delays the next one, for each counter. */
  readonly delays?: Readonly<Partial<Record<FailureRule['scope'], Date>>>
}

/** What of a reservation is needed to give it back. */
type Returned = Pick<Reservation, 'blocked' | 'delays'>

export function createAttemptBudget(database: Database): AttemptBudget {
  return {
    reserve: async (context, account, options = {}) => {
      const statement = reserve(context, account, options)
      const [rows] = await database.tenantBatch(context.tenant.id, [statement])
      return toReservation(rows)
    },
    reserveIn: async (tx, context, account, options = {}) =>
      toReservation(await tx.run(reserve(context, account, options))),
    refund: async (context, account, reservation) => {
      await database.tenantBatch(context.tenant.id, [giveBack(context, account, reservation)])
    },
    clear: (context, account) => clear(context, account),
    unlock: (context, account) => unlock(context, account),
    purge: async (context) => {
      await database.tenantBatch(context.tenant.id, [purge(context)])
    },
  }
}

/**
 * A blocked attempt is not counted again, or an attacker could keep the owner out for ever by
 * trying during each delay. When a delay has been served, one attempt is judged before the next,
 * longer one. The clock may step back: times only ever grow (invariant I11).
 *
 * A known device is counted as such, everybody else by source, account and both. While the brake is
 * on, the pair has nothing free, and until its delay is served nothing else is counted: refused
 * first attempts of honest users would keep the brake on.
 *
 * SECURITY: where a captcha is due, nothing is counted. Attack: whoever solves none keeps the counters
 * of somebody else at their limit.
 */
function reserve(context: RequestContext, account: string, options: ReservationOptions) {
  const { rules, keys, now, forgotten, since, accounts, isBrakable, asksForCaptcha } = parametersOf(
    context,
    account,
    options,
  )
  return sql<ReservedRow>`
    WITH state AS MATERIALIZED (
      SELECT * FROM attempt_state(
        ${account}, ${deviceHash(context)}, ${now}, ${[keys.device, keys.pair, keys.source]},
        ${[CAPTCHA_AFTER.pair, CAPTCHA_AFTER.pair, CAPTCHA_AFTER.source]}, ${forgotten},
        ${since}, ${accounts}, ${BRAKE_SOURCES}, ${isBrakable}, ${asksForCaptcha})
    ), rule AS MATERIALIZED (
      SELECT r.scope, r.key_hash, r.longest, s.is_braked,
             CASE WHEN s.is_braked AND r.scope = 'pair' THEN 0 ELSE r.free END AS free
        FROM unnest(${rules.map((rule) => rule.scope)}::text[],
                    ${rules.map((rule) => keys[rule.scope])}::bytea[],
                    ${rules.map((rule) => rule.free)}::int[],
                    ${rules.map((rule) => rule.longestDelay.milliseconds / 1000)}::int[])
             AS r (scope, key_hash, free, longest)
       CROSS JOIN state s
       WHERE NOT s.is_captcha_due AND (r.scope = 'device') = s.is_known
         AND (NOT s.is_braked OR r.scope = 'pair'
              OR EXISTS (SELECT FROM sign_in_failures p
                          WHERE p.tenant_id = current_tenant_id() AND p.scope = 'pair'
                            AND p.key_hash = ${keys.pair} AND p.blocked_until <= ${now}
                            AND p.last_failed_at >= ${forgotten}))
    ), counted AS (
      INSERT INTO sign_in_failures AS f (tenant_id, scope, key_hash, account_hash, failures,
                                         last_failed_at, is_allowed, blocked_until)
      SELECT current_tenant_id(), scope, key_hash,
             CASE WHEN scope IN ('pair', 'device') THEN ${keys.account}::bytea END, 1, ${now}, free > 0,
             CASE WHEN free = 0 THEN ${now}::timestamptz + make_interval(secs => ${FIRST_BRAKE}) END
        FROM rule ORDER BY scope
      ON CONFLICT (tenant_id, scope, key_hash) DO UPDATE SET
        failures = CASE WHEN f.blocked_until > ${now} THEN f.failures
                        WHEN f.last_failed_at < ${forgotten} THEN 1 ELSE f.failures + 1 END,
        last_failed_at = GREATEST(f.last_failed_at, EXCLUDED.last_failed_at),
        is_allowed = CASE
          WHEN f.blocked_until > ${now} THEN false
          WHEN f.last_failed_at < ${forgotten} THEN EXCLUDED.is_allowed
          WHEN f.blocked_until IS NOT NULL THEN true
          ELSE f.failures < (SELECT free FROM rule WHERE rule.scope = f.scope) END,
        blocked_until = CASE
          WHEN f.blocked_until > ${now} THEN f.blocked_until
          WHEN f.last_failed_at < ${forgotten} THEN EXCLUDED.blocked_until
          WHEN f.failures < (SELECT free FROM rule WHERE rule.scope = f.scope) THEN NULL
          ELSE GREATEST(EXCLUDED.blocked_until, ${now}::timestamptz + make_interval(secs => LEAST(
            (SELECT longest FROM rule WHERE rule.scope = f.scope),
            ${FIRST_DELAY.milliseconds / 1000}
              * power(2, LEAST(20, f.failures - (SELECT free FROM rule WHERE rule.scope = f.scope))))))
          END
      RETURNING scope, is_allowed, blocked_until
    )
    SELECT c.scope, NOT c.is_allowed AS blocked, c.blocked_until, s.is_known, s.is_braked,
           s.is_captcha_due
      FROM state s LEFT JOIN counted c ON true`
}

function parametersOf(
  context: RequestContext,
  account: string,
  { isBrakable = false, asksForCaptcha = false }: ReservationOptions,
) {
  const now = context.clock.now()
  return {
    rules: failureRules(context.tenant.policy.signInFailuresBeforeDelay),
    keys: keysOf(context, account),
    now,
    forgotten: new Date(now.getTime() - FAILURES_FORGOTTEN_AFTER.milliseconds),
    ...brakeOf(context),
    isBrakable,
    asksForCaptcha,
  }
}

/** Without a scope if nothing was counted. */
interface ReservedRow {
  readonly scope: FailureRule['scope'] | null
  readonly blocked: boolean | null
  readonly blocked_until: Date | null
  readonly is_known: boolean
  readonly is_braked: boolean
  readonly is_captcha_due: boolean
}

function toReservation(rows: readonly ReservedRow[]): Reservation {
  // A delay that a blocked attempt met is that of an earlier one.
  const imposed = rows.filter((row) => row.blocked === false && row.blocked_until !== null)
  return {
    blocked: rows.some((row) => row.blocked === true),
    isCaptchaDue: rows.some((row) => row.is_captcha_due),
    isKnownDevice: rows.some((row) => row.is_known),
    isBraked: rows.some((row) => row.is_braked),
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
  { delays = {} }: Partial<Returned> = {},
): Statement {
  const keys = keysOf(context, account)
  const now = context.clock.now()
  const device = deviceHash(context)
  return sql`
    WITH known AS MATERIALIZED (
      SELECT is_known_device(${account}, ${device}, ${now}) AS is_known
    )
    UPDATE sign_in_failures f
       SET failures = GREATEST(0, f.failures - 1),
           blocked_until = CASE WHEN f.blocked_until = k.imposed
                                THEN LEAST(f.blocked_until, ${now}::timestamptz)
                                ELSE f.blocked_until END
      FROM unnest(${SCOPES}::text[],
                  ${SCOPES.map((scope) => keys[scope])}::bytea[],
                  ${SCOPES.map((scope) => delays[scope] ?? null)}::timestamptz[])
             AS k (scope, key_hash, imposed)
     CROSS JOIN known
     WHERE f.tenant_id = current_tenant_id() AND f.scope = k.scope AND f.key_hash = k.key_hash
       AND (k.scope = 'device') = known.is_known`
}

/**
 * The source keeps its count, less this attempt: one known password must not wash it clean. A known
 * device clears nothing that strangers raised: its owner signs in often, and would give them as many
 * fresh guesses.
 */
function clear(context: RequestContext, account: string): Statement {
  const keys = keysOf(context, account)
  const now = context.clock.now()
  const device = deviceHash(context)
  return sql`
    WITH known AS MATERIALIZED (
      SELECT is_known_device(${account}, ${device}, ${now}) AS is_known
    ), cleared AS (
      DELETE FROM sign_in_failures f
       USING unnest(${['account', 'device', 'pair']}::text[],
                    ${[keys.account, keys.device, keys.pair]}::bytea[])
             AS k (scope, key_hash)
       CROSS JOIN known
       WHERE f.tenant_id = current_tenant_id() AND f.scope = k.scope AND f.key_hash = k.key_hash
         AND (k.scope = 'device') = known.is_known
    )
    UPDATE sign_in_failures SET failures = GREATEST(0, failures - 1)
     WHERE tenant_id = current_tenant_id() AND scope = 'source' AND key_hash = ${keys.source}
       AND NOT (SELECT is_known FROM known)`
}

function unlock(context: RequestContext, account: string): Statement {
  const key = keysOf(context, account).account
  return sql`
    DELETE FROM sign_in_failures
     WHERE tenant_id = current_tenant_id()
       AND ((scope = 'account' AND key_hash = ${key})
            OR (scope IN ('pair', 'device') AND account_hash = ${key}))`
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
    device: keyHash(context.tenant, [account, context.source.device?.hash.toString('hex') ?? '']),
  }
}

/** NULL equals no device. */
function deviceHash({ source }: RequestContext): Buffer | undefined {
  return source.device?.hash
}

function brakeOf({ clock, tenant }: RequestContext) {
  const since = new Date(clock.now().getTime() - BRAKE_WINDOW.milliseconds)
  return { since, accounts: tenant.policy.stuffingBrakeAccounts }
}

function keyHash(tenant: TenantRef, parts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([tenant.id, ...parts]))
    .digest()
}

/** Seconds. */
const FIRST_BRAKE = BRAKE_DELAY.milliseconds / 1000

const SCOPES = ['account', 'device', 'pair', 'source'] as const
