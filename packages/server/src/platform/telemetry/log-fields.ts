import { describeError, type LoggedError } from './describe-error.ts'

/**
 * The closed list of what a log line may say. No bodies, no headers, no addresses of people, no
 * URLs: `route` is the pattern of the route.
 */
export interface LogFields {
  readonly requestId?: string | undefined
  /** Slug or id. */
  readonly tenant?: string | undefined
  readonly userId?: string | undefined
  readonly sessionId?: string | undefined
  readonly clientId?: string | undefined
  readonly keyId?: string | undefined
  readonly eventId?: string | undefined
  readonly jobId?: string | undefined
  readonly jobName?: string | undefined
  readonly method?: string | undefined
  readonly route?: string | undefined
  readonly status?: number | undefined
  readonly durationMs?: number | undefined
  /** Of an AppError. */
  readonly code?: string | undefined
  readonly outcome?: string | undefined
  readonly reason?: string | undefined
  readonly policy?: string | undefined
  readonly attempt?: number | undefined
  readonly count?: number | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly version?: string | undefined
  readonly signal?: string | undefined
  readonly mode?: string | undefined
  /** Described without its message. */
  readonly err?: unknown
}

export type SafeLogFields = Readonly<Record<string, string | number | LoggedError>>

/** Types do not hold at run time: whatever is not on the list, or has another type, is dropped. */
export function pickLogFields(fields: LogFields): SafeLogFields {
  const picked: Record<string, string | number | LoggedError> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (TEXT_FIELDS.has(name) && typeof value === 'string') {
      picked[name] = cleanText(name === 'route' ? withoutQuery(value) : value)
    }
    if (NUMBER_FIELDS.has(name) && Number.isFinite(value)) picked[name] = value
  }
  if (fields.err !== undefined) picked['err'] = describeError(fields.err)
  return picked
}

/** Attack: line breaks and terminal escapes in a value forge log lines. */
export function cleanText(text: string): string {
  return text.slice(0, MAX_TEXT_CHARACTERS).replace(/[\p{Cc}\u2028\u2029]/gu, '?')
}

/** Query strings carry tokens. */
function withoutQuery(route: string): string {
  return route.replace(/[?#].*$/s, '')
}

const MAX_TEXT_CHARACTERS = 256

const NUMBER_FIELDS: ReadonlySet<string> = new Set<keyof LogFields>([
  'status',
  'durationMs',
  'attempt',
  'count',
  'port',
])

const TEXT_FIELDS: ReadonlySet<string> = new Set<keyof LogFields>([
  'requestId',
  'tenant',
  'userId',
  'sessionId',
  'clientId',
  'keyId',
  'eventId',
  'jobId',
  'jobName',
  'method',
  'route',
  'code',
  'outcome',
  'reason',
  'policy',
  'host',
  'version',
  'signal',
  'mode',
])
