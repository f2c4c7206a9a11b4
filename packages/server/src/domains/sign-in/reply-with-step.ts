import { DEVICE_LIFETIME } from '../devices/index.ts'
import type { Reply } from '../../platform/http/index.ts'
import type { SignInOutcome } from './model.ts'
import { presentSignInStep } from './schema.ts'

/**
 * Every step of a sign-in is answered alike; only a complete one sets cookies. That of the device is
 * set for bearer tokens too, and anew each time, so that it lasts as long as the device is used.
 */
export function replyWithStep(
  outcome: SignInOutcome,
  csrfTokenOf: (cookie: string) => string,
): Reply {
  const body = presentSignInStep(outcome, csrfTokenOf)
  if (outcome.kind !== 'complete') return { status: 200, body }
  const { credentials, deviceCookie } = outcome
  const device = { name: 'device', value: deviceCookie.reveal(), maxAge: DEVICE_LIFETIME }
  if (credentials.transport !== 'cookie') return { status: 200, body, cookies: [device] }
  const session = { name: 'session', value: credentials.cookie.reveal() }
  return { status: 200, body, cookies: [session, device] }
}
