import { type DestinationStream, pino } from 'pino'
import { cleanText, type LogFields, pickLogFields } from './log-fields.ts'

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Default: stdout. */
  readonly destination?: DestinationStream
}

/** Writes one JSON object per line. `event` is a constant like `http.request`, never a sentence. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A logger whose lines all carry `fields`. */
  child(fields: LogFields): Logger
}

export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // Ours is already plain; pino's own would print messages.
    serializers: { err: (err: unknown) => err },
  }
  return wrap(destination === undefined ? pino(options) : pino(options, destination), {})
}

type Level = 'debug' | 'info' | 'warn' | 'error'

function wrap(target: pino.Logger, bound: LogFields): Logger {
  const write =
    (level: Level) =>
    (event: string, fields: LogFields = {}) => {
      if (!target.isLevelEnabled(level)) return
      target[level](pickLogFields({ ...bound, ...fields }), '%s', cleanText(event))
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(target, { ...bound, ...fields }),
  }
}
