import type { FastifyReply } from 'fastify'
import { AppError, type RequestId, seconds, toSeconds } from '../../kernel/index.ts'
import { httpErrors } from './http-errors.ts'

/** The body of every refusal of our own API. @see RFC 9457 §3 */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail?: string
  readonly instance: string
  readonly request_id: RequestId
  readonly errors?: readonly { pointer: string; code: string; detail: string }[]
}

/** Documentation of the codes; the fragment after it is the code. */
export const ERROR_TYPE_BASE = 'https://countersign.dev/errors/'

export function toProblem(error: AppError, requestId: RequestId): Problem {
  const { detail, fields } = error.options
  return {
    type: `${ERROR_TYPE_BASE}${error.code}`,
    title: error.definition.title,
    status: error.status,
    code: error.code,
    ...(detail === undefined ? {} : { detail }),
    instance: `urn:countersign:request:${requestId}`,
    request_id: requestId,
    ...(fields === undefined ? {} : { errors: fields }),
  }
}

export function sendProblem(reply: FastifyReply, error: AppError, requestId: RequestId): void {
  const { wwwAuthenticate } = error.options
  sayWhenToRetry(reply, error)
  if (error.status === 401 || wwwAuthenticate !== undefined) {
    void reply.header('WWW-Authenticate', wwwAuthenticate ?? 'Bearer')
  }
  void reply
    .code(error.status)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .header('Cache-Control', 'no-store')
    .serializer(JSON.stringify)
    .send(toProblem(error, requestId))
}

/**
 * RFC 9110 §10.2.3, on every 429 and 503. Attack on ourselves: clients that are told nothing come
 * back at once, all of them, when there is the least to spare. A limit has said it already.
 */
export function sayWhenToRetry(reply: FastifyReply, { status, options }: AppError): void {
  const isDue = (status === 429 || status === 503) && !reply.hasHeader('Retry-After')
  const retryAfter = options.retryAfter ?? (isDue ? UNKNOWN_WAIT : undefined)
  if (retryAfter !== undefined) void reply.header('Retry-After', String(toSeconds(retryAfter)))
}

/** Where nobody knows when it will be better: somebody has to do something first. */
const UNKNOWN_WAIT = seconds(30)

/** Whatever was thrown, as the refusal that the caller may see. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  switch ((error as { code?: unknown } | undefined)?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return httpErrors.payload_too_large({ cause: error })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return httpErrors.unsupported_media_type({ cause: error })
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return httpErrors.malformed_body({ cause: error })
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return httpErrors.not_found({ cause: error })
    default:
      return httpErrors.internal_error({ cause: error })
  }
}
