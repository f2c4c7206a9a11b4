import { type Duration, hours, minutes } from '../../../kernel/index.ts'
import { httpErrors, sourceKey } from '../../../platform/http/index.ts'
import type { EngineServices } from './engine-services.ts'
import { ROUTES } from './engine-paths.ts'
import type { ProtocolRequest } from './open-scope.ts'
import type { RequestScope } from './request-scope.ts'

interface Attempts {
  readonly name: string
  readonly limit: number
  readonly window: Duration
}

/**
 * Beside the limit of the mount, on what can be guessed or piled up. RFC 8628 §5.1: a user code is
 * short, so each user tries few. RFC 7591 §5: whoever has a registration token makes no flood.
 * @throws too_many_requests
 */
export async function limitAttempts(
  { limiter }: Pick<EngineServices, 'limiter'>,
  { context, raw, path }: ProtocolRequest,
  { live }: Pick<RequestScope, 'live'>,
): Promise<void> {
  if (raw.method !== 'POST') return
  const [pathname] = path.split('?')
  const attempts = LIMITED.get(pathname ?? '')
  if (attempts === undefined) return
  const by = attempts === USER_CODES ? (live?.userId ?? '') : sourceKey(context.source.ip)
  const result = await limiter.consume(attempts, `${context.tenant.id}|${by}`)
  if (!result.allowed) throw httpErrors.too_many_requests({ retryAfter: attempts.window })
}

const USER_CODES: Attempts = { name: 'oauth-user-codes', limit: 30, window: minutes(10) }
const REGISTRATIONS: Attempts = { name: 'oauth-registrations', limit: 60, window: hours(1) }
const LIMITED: ReadonlyMap<string, Attempts> = new Map([
  [ROUTES.code_verification, USER_CODES],
  [ROUTES.registration, REGISTRATIONS],
])
