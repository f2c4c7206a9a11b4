import type { Duration } from './duration.ts'

/** One entry of a domain's error catalogue. */
export interface ErrorDefinition {
  /** HTTP status: 400 malformed · 401 credentials · 403 · 404 · 409 state · 422 · 429 · 503. */
  readonly status: number
  /** Fixed sentence, safe for anyone to read. */
  readonly title: string
  /** What the reader can do about it; goes to the error reference. */
  readonly help: string
}

export interface FieldError {
  /** JSON Pointer (RFC 6901) of the bad member in the request body. */
  readonly pointer: string
  readonly code: string
  readonly detail: string
}

export interface AppErrorOptions {
  /** Shown to the caller: must not contain secrets nor facts that the caller may not know. */
  readonly detail?: string
  /** For the log only. */
  readonly internal?: string
  readonly cause?: unknown
  readonly fields?: readonly FieldError[]
  readonly retryAfter?: Duration
  /** RFC 9110 §11.6.1 challenge, on 401. */
  readonly wwwAuthenticate?: string
}

/** The one class of refusals. Presenters turn it into problem+json or an OAuth error. */
export class AppError extends Error {
  readonly code: string
  readonly definition: ErrorDefinition
  readonly options: AppErrorOptions

  constructor(code: string, definition: ErrorDefinition, options: AppErrorOptions = {}) {
    super(options.internal ?? code, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.definition = definition
    this.options = options
  }

  get status(): number {
    return this.definition.status
  }
}

export interface ErrorFactory {
  (options?: AppErrorOptions): AppError
  readonly code: string
  readonly definition: ErrorDefinition
}

const registry = new Map<string, ErrorDefinition>()

/**
 * Declares errors of a domain: `errors.session_not_found()` makes the error to throw.
 * Codes are global and stable; declaring one twice is a programming mistake.
 */
export function defineErrors<Catalogue extends Record<string, ErrorDefinition>>(
  catalogue: Catalogue,
): { readonly [Code in keyof Catalogue]: ErrorFactory } {
  const factories: Record<string, ErrorFactory> = {}
  for (const [code, definition] of Object.entries(catalogue)) {
    if (registry.has(code)) throw new TypeError(`error code declared twice: ${code}`)
    registry.set(code, definition)
    factories[code] = Object.assign(
      (options?: AppErrorOptions) => new AppError(code, definition, options),
      { code, definition },
    )
  }
  return factories as { readonly [Code in keyof Catalogue]: ErrorFactory }
}

/** Every declared error, for the reference and for the ratchet tests. */
export function registeredErrors(): ReadonlyMap<string, ErrorDefinition> {
  return registry
}
