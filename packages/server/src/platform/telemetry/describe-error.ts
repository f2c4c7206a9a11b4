import { AppError } from '../../kernel/index.ts'

export interface LoggedError {
  readonly name: string
  readonly code?: string
  /** What our own code wrote for the log (`AppErrorOptions.internal`). */
  readonly internal?: string
  /** Call sites only, and only of errors that are no refusals. */
  readonly stack?: readonly string[]
  readonly cause?: LoggedError
}

/**
 * An error as it may stand in a log. Messages are left out: those of drivers and parsers quote
 * values, which are secrets or personal data sooner or later.
 */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = codeOf(error)
  const internal = error instanceof AppError ? error.options.internal : undefined
  const isRefusal = error instanceof AppError && error.status < 500
  const hasCause = error.cause !== undefined && depth < MAX_CAUSES
  return {
    name: token(error.name),
    ...(code === undefined ? {} : { code }),
    ...(internal === undefined ? {} : { internal: oneLine(internal) }),
    ...(isRefusal ? {} : { stack: callSites(error) }),
    ...(hasCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  }
}

function codeOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? token(code) : undefined
}

/** The lines that point into files; the message, which comes before them, can span many lines. */
function callSites(error: Error): readonly string[] {
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim())
  return lines.filter((line) => CALL_SITE.test(line)).slice(0, MAX_CALL_SITES)
}

function token(text: string): string {
  return TOKEN.test(text) ? text : 'invalid'
}

function oneLine(text: string): string {
  return text.slice(0, MAX_INTERNAL_CHARACTERS).replace(/[\p{Cc}\u2028\u2029]/gu, '?')
}

const TOKEN = /^[\w.:-]{1,64}$/
const CALL_SITE = /^at .{1,300}:\d+:\d+\)?$/
const MAX_CALL_SITES = 12
const MAX_CAUSES = 3
const MAX_INTERNAL_CHARACTERS = 256
