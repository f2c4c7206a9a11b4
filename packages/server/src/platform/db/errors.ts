import { AppError, defineErrors, seconds } from '../../kernel/index.ts'

export const databaseErrors = defineErrors({
  database_unavailable: {
    status: 503,
    title: 'The service is not available right now',
    help: 'Try again after the time in `Retry-After`. Nothing was changed.',
  },
  tenant_not_found: {
    status: 404,
    title: 'Tenant not found',
    help: 'Check the tenant in the address: `/t/{tenant}/…`.',
  },
  tenant_suspended: {
    status: 403,
    title: 'Tenant suspended',
    help: 'An operator of this installation suspended the tenant; only an operator can resume it.',
  },
})

/**
 * Translates what the driver throws. Loss of the database is 503 and never looks like a refusal;
 * everything else passes unchanged and ends as 500 unless the caller knows the SQLSTATE.
 */
export function translateDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error
  const state = sqlState(error)
  if (state === TENANT_SUSPENDED) return databaseErrors.tenant_suspended({ cause: error })
  if (state === TENANT_UNKNOWN) return databaseErrors.tenant_not_found({ cause: error })
  if (!isUnavailable(error)) return error
  return databaseErrors.database_unavailable({
    cause: error,
    internal: 'database connection lost or refused',
    retryAfter: seconds(1),
  })
}

/** True if `error` is a violation of the unique constraint or index with that name. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    sqlState(error) === '23505' && (error as { constraint?: unknown }).constraint === constraint
  )
}

/**
 * True if PostgreSQL chose the transaction as the victim of a deadlock: nothing of it happened. It
 * may have been made a 503 by now; the cause still says why.
 */
export function isDeadlock(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return sqlState(error) === DEADLOCK || sqlState(cause) === DEADLOCK
}

/** PGlite's errors are not `DatabaseError` instances, so only the code can be trusted. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE'
    ? code
    : undefined
}

/** True if the connection itself can't be used any more, as opposed to a statement that failed. */
export function isConnectionLoss(error: unknown): boolean {
  const state = sqlState(error)
  return isUnavailable(error) && (state === undefined || !RETRYABLE_STATES.has(state))
}

function isUnavailable(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== undefined) return UNAVAILABLE_STATES.some((prefix) => state.startsWith(prefix))
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true
  return (
    error instanceof Error &&
    /^(Connection terminated|Query read timeout|timeout exceeded|Client (has|was))/.test(
      error.message,
    )
  )
}

/** Raised by `enter_tenant()`. */
const TENANT_SUSPENDED = 'CS001'
const TENANT_UNKNOWN = 'CS002'

const DEADLOCK = '40P01'
/** Classes: 08 connection, 53 resources, 57P shutdown, 40 conflict, 25006 read-only standby. */
const UNAVAILABLE_STATES = ['08', '53', '57P', '40001', DEADLOCK, '25006']
/** The transaction lost against another one; the connection is fine. */
const RETRYABLE_STATES = new Set(['40001', DEADLOCK, '25006'])
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
