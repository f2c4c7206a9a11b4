import type { Secret } from '../../kernel/index.ts'
import type { Egress } from '../egress/index.ts'
import { checkSms } from './check-sms.ts'
import { type SmsTransport, SmsSendError } from './sms-transport.ts'

export type SmsBodyFormat = 'json' | 'form'

export interface HttpSmsProviderOptions {
  readonly egress: Egress
  readonly url: string
  /** The whole value of the `Authorization` header. */
  readonly authorization: Secret<string> | undefined
  readonly format: SmsBodyFormat
  /** Body with `{to}` and `{text}` in it; see `fillSmsBody`. */
  readonly body: string
}

/** Sends each message as one POST, in the form that the provider wants. */
export function createHttpSmsProvider(options: HttpSmsProviderOptions): SmsTransport {
  const { egress, url, authorization, format, body } = options
  const headers = {
    'content-type': CONTENT_TYPES[format],
    ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
  }
  return {
    send: async (sms) => {
      checkSms(sms)
      const request = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, headers }
      const answer = await egress
        .post(url, { ...request, body: fillSmsBody(body, format, sms) })
        .catch((error: unknown) => {
          throw new SmsSendError(false, error)
        })
      if (answer.status >= 200 && answer.status < 300) return
      // NOTE: the answer may repeat the number, so it is not kept.
      throw new SmsSendError(isFinal(answer.status), new Error(`status ${answer.status}`))
    },
  }
}

/**
 * Puts number and text into the template, escaped for its format.
 * Attack: a tenant's name with a quotation mark or `&` in it adds members to the request.
 */
export function fillSmsBody(
  template: string,
  format: SmsBodyFormat,
  values: { readonly to: string; readonly text: string },
): string {
  const escape = format === 'json' ? escapeJson : encodeURIComponent
  // A function as replacement: `$&` in a text means nothing.
  return template.replace(/\{(to|text)\}/g, (_, name: 'to' | 'text') => escape(values[name]))
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** A wrong key or a full quota may be corrected; a number that does not exist may not. */
function isFinal(status: number): boolean {
  return status === 400 || status === 404 || status === 410 || status === 422
}

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
} as const
const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
