import { type RequestContext, toNumericDate } from '../../kernel/index.ts'
import type { ClientSubjects } from '../oauth/index.ts'
import { signJws } from '../tokens/index.ts'
import type { SharedSignalDependencies } from './dependencies.ts'
import { describeSignal } from './describe-signal.ts'
import { uriOf } from './event-types.ts'
import type { Signal, Stream } from './model.ts'

interface Signing {
  readonly stream: Pick<Stream, 'id' | 'clientId'>
  readonly subjects: ClientSubjects
  readonly signal: Signal
}

/**
 * Makes the security event token of a signal. The same signal makes the same claims at every
 * attempt, so that a receiver knows a repetition by its `jti`.
 *
 * SECURITY: one key signs access tokens, ID tokens and these. Attack: an event is presented as one of
 * the others. It has a `typ` of its own, no `exp` and no `sub`, and nobody may take it without those.
 *
 * A push goes on for half a minute, and a poll waits for seconds: each event is signed by the keys of
 * the tenant as it is by then.
 * @see RFC 8417 §2, SSF §4.1
 */
export async function signSecurityEvent(
  { keys, currentTenant }: Pick<SharedSignalDependencies, 'keys' | 'currentTenant'>,
  { tenant }: Pick<RequestContext, 'tenant'>,
  { stream, subjects, signal }: Signing,
): Promise<string> {
  const naming = { issuer: tenant.issuer, streamId: stream.id, subjects }
  const { subject, event } = await describeSignal(signal, naming)
  const { requestId } = signal
  return signJws(await keys.signer(await currentTenant(tenant)), 'secevent+jwt', {
    iss: tenant.issuer,
    aud: stream.clientId,
    iat: toNumericDate(signal.occurredAt),
    jti: signal.id,
    // SSF §4.1.8: what has one cause has one `txn`.
    txn: requestId === undefined ? signal.id : await subjects.causeFor(requestId),
    sub_id: subject,
    events: { [uriOf(signal.type)]: event },
  })
}
