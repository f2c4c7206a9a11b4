import type { Reply } from '../../platform/http/index.ts'
import type { SignInOutcome } from './model.ts'
import { presentSignInStep } from './schema.ts'

/** Every step of a sign-in is answered alike; only a complete one sets the cookie. */
export function replyWithStep(
  outcome: SignInOutcome,
  csrfTokenOf: (cookie: string) => string,
): Reply {
  const body = presentSignInStep(outcome, csrfTokenOf)
  if (outcome.kind !== 'complete' || outcome.credentials.transport !== 'cookie') {
    return { status: 200, body }
  }
  const { cookie } = outcome.credentials
  return { status: 200, body, cookies: [{ name: 'session', value: cookie.reveal() }] }
}
