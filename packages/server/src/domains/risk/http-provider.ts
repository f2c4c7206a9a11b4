import { z } from 'zod'
import {
  type Duration,
  isWithin,
  type RequestContext,
  seconds,
  type Secret,
} from '../../kernel/index.ts'
import { hmacSha256 } from '../../platform/crypto/index.ts'
import type { Egress } from '../../platform/egress/index.ts'
import type { RiskAssessment, RiskQuestion } from './model.ts'
import type { RiskPort } from './ports.ts'

export interface HttpRiskProviderOptions {
  readonly egress: Pick<Egress, 'post'>
  readonly url: string
  /** The provider knows by it who asks; the key itself is never sent. */
  readonly key: Secret<Uint8Array> | undefined
  readonly timeout: Duration
}

/**
 * Asks a service of the operator by POST. It gets ids, the address and the browser of the request,
 * and no secret and no e-mail address.
 * @see Standard Webhooks, whose signature this is
 */
export function createHttpRiskProvider(options: HttpRiskProviderOptions): RiskPort {
  const answered = new Map<string, Remembered>()
  return {
    assess: async (context, question) => {
      const body = bodyOf(context, question)
      if (question.event !== 'cookie') return ask(options, context, body)
      // A browser sends its cookie with everything it loads. The key is the whole question.
      const now = context.clock.now().getTime()
      const known = answered.get(body)
      if (known !== undefined && isWithin(known.askedAt, now, REMEMBERED)) return known.assessment
      const assessment = await ask(options, context, body)
      if (answered.size >= MAX_REMEMBERED) answered.clear()
      answered.set(body, { assessment, askedAt: now })
      return assessment
    },
  }
}

interface Remembered {
  readonly assessment: RiskAssessment
  readonly askedAt: number
}

function bodyOf({ tenant, source }: RequestContext, question: RiskQuestion): string {
  const { event, subject, session, amr, signals } = question
  return JSON.stringify({
    event,
    tenant: tenant.slug,
    subject,
    session,
    amr,
    signals,
    source: { ip: source.ip, user_agent: source.userAgent ?? null },
  })
}

async function ask(
  { egress, url, key, timeout }: HttpRiskProviderOptions,
  { clock, requestId }: RequestContext,
  body: string,
): Promise<RiskAssessment> {
  const timestamp = Math.floor(clock.now().getTime() / 1000).toString()
  const answer = await egress.post(url, {
    timeoutMs: timeout.milliseconds,
    maxBytes: MAX_ANSWER_BYTES,
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': requestId,
      'webhook-timestamp': timestamp,
      ...(key === undefined ? {} : signatureOf(key, `${requestId}.${timestamp}.${body}`)),
    },
  })
  if (answer.status !== 200) throw new Error(`the risk provider answered ${answer.status}`)
  return answerSchema.parse(JSON.parse(answer.body.toString('utf8')))
}

function signatureOf(key: Secret<Uint8Array>, text: string) {
  const signature = hmacSha256(Buffer.from(key.reveal()), text).toString('base64')
  return { 'webhook-signature': `v1,${signature}` }
}

/** Whatever else the answer says, a level that we do not know is no answer. */
const answerSchema = z.object({
  level: z.enum(['low', 'medium', 'high']),
  reasons: z
    .array(z.string().regex(/^[a-z0-9_.-]{1,64}$/))
    .max(20)
    .default([]),
})

const MAX_ANSWER_BYTES = 16_384
const REMEMBERED = seconds(30)
const MAX_REMEMBERED = 10_000
