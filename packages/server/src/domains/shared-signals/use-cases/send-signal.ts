import type { RequestContext } from '../../../kernel/index.ts'
import { UnsealError } from '../../../platform/crypto/index.ts'
import { type EgressAnswer, EgressError } from '../../../platform/egress/index.ts'
import type { ClientSubjects } from '../../oauth/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import type { Signal, Stream } from '../model.ts'
import { PUSH_TIMEOUT } from '../policy.ts'
import { signSecurityEvent } from '../sign-security-event.ts'
import { explainSetError, type SetError } from './explain-set-error.ts'
import { openAuthorization } from './own-stream.ts'

export type SendOutcome =
  | { readonly kind: 'accepted' }
  /** The receiver has no use for this event, and never will. */
  | { readonly kind: 'refused'; readonly error: SetError }
  /** To be tried again. */
  | { readonly kind: 'failed'; readonly error: string }

/** What is sent where. */
export interface Sending {
  readonly stream: Stream
  readonly subjects: ClientSubjects
  readonly signal: Signal
}

/** RFC 8935 §2: one event, one request. */
export async function sendSignal(
  deps: Pick<SharedSignalDependencies, 'currentTenant' | 'egress' | 'keys' | 'sealer'>,
  context: RequestContext,
  { stream, subjects, signal }: Sending,
): Promise<SendOutcome> {
  const { delivery } = stream
  if (delivery.method !== 'push') return { kind: 'failed', error: 'not_pushed' }
  const { endpointUrl, sealed } = delivery
  const target = { tenantId: context.tenant.id, streamId: stream.id, endpointUrl }
  try {
    const authorization =
      sealed === undefined ? undefined : openAuthorization(deps.sealer, target, sealed)
    const body = await signSecurityEvent(deps, context, { stream, subjects, signal })
    const answer = await deps.egress.post(endpointUrl, {
      timeoutMs: PUSH_TIMEOUT.milliseconds,
      maxBytes: MAX_ANSWER_BYTES,
      headers: {
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
    })
    return judge(answer)
  } catch (error) {
    if (error instanceof EgressError) return { kind: 'failed', error: error.failure }
    // The row was changed, or the master key that sealed it is gone: nothing was sent.
    if (error instanceof UnsealError) return { kind: 'failed', error: 'credential_unreadable' }
    throw error
  }
}

/**
 * RFC 8935 §2.2 and §2.3: 202 is the only success. Errors about the event settle it; those about
 * keys and credentials can be mended, so the event waits.
 */
function judge({ status, body }: EgressAnswer): SendOutcome {
  if (status === 202) return { kind: 'accepted' }
  if (status !== 400) return { kind: 'failed', error: `http_${status}` }
  const error = readError(body)
  if (error === undefined) return { kind: 'failed', error: 'http_400' }
  if (FINAL_ERRORS.has(error.err)) return { kind: 'refused', error }
  return { kind: 'failed', error: explainSetError(error) }
}

function readError(body: Buffer): SetError | undefined {
  try {
    const { err, description } = JSON.parse(body.toString()) as Record<string, unknown>
    if (typeof err !== 'string') return undefined
    return typeof description === 'string' ? { err, description } : { err }
  } catch {
    // Not JSON: then the status is all that is known.
    return undefined
  }
}

const MAX_ANSWER_BYTES = 16_384
/** RFC 8935 §2.4, SSF §8.1.4.1. */
const FINAL_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_issuer',
  'invalid_audience',
  'invalid_state',
])
