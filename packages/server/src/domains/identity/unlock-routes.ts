import { captchaErrors } from '../../platform/captcha/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import type { IdentityRouteServices } from './account-routes.ts'
import { identityErrors } from './errors.ts'
import { PUBLIC_LIMITS } from './limits.ts'
import { acceptedSchema, askForMailSchema, tokenBodySchema, unlockedSchema } from './schema.ts'

/** How the owner of an account ends the delay that failed sign-ins imposed on it. */
export function unlockRoutes(services: IdentityRouteServices): readonly Route[] {
  return [requestRoute(services), confirmRoute(services)]
}

const requestRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'requestUnlock',
    method: 'POST',
    path: '/api/auth/unlock',
    tag: 'Account',
    summary: 'Ask for a message to end the delay after failed sign-ins',
    description: 'Every address gets the same answer; at most one message a minute is sent.',
    auth: { kind: 'public', reason: 'the answer says nothing; only the mailbox learns more' },
    audit: { events: ['user.unlock_requested'] },
    rateLimit: PUBLIC_LIMITS.message,
    body: askForMailSchema,
    responses: { 202: { description: 'Taken note of', schema: acceptedSchema } },
    errors: [captchaErrors.captcha_required, captchaErrors.captcha_unavailable],
    handler: async (context, { body: { email, captcha } }) => {
      await identity.requestUnlock(context, email, captcha)
      return { status: 202, body: { status: 'accepted' } }
    },
  })

const confirmRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'unlockAccount',
    method: 'POST',
    path: '/api/auth/unlock/confirm',
    tag: 'Account',
    summary: 'End the delay, with the token of a message',
    description:
      'Failures of the account are forgotten; those of the machines that tried it are not. The token works once.',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: { events: ['user.unlocked', 'user.unlock_refused'] },
    rateLimit: PUBLIC_LIMITS.verify,
    body: tokenBodySchema,
    responses: { 200: { description: 'The delay is over', schema: unlockedSchema } },
    errors: [identityErrors.token_invalid],
    handler: async (context, { body: { token } }) => {
      await identity.unlock(context, token)
      return { status: 200, body: { status: 'unlocked' } }
    },
  })
