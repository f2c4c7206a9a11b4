import { minutes } from '../../kernel/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import { factorErrors, presentAssertionOptions, presentSentSmsCode } from '../factors/index.ts'
import { identityErrors } from '../identity/index.ts'
import { signInErrors } from './errors.ts'
import { challengedSchema } from './schema.ts'
import { smsSendingErrors } from './sms-sending-errors.ts'
import type { SignInRouteServices } from './route-services.ts'
import {
  challengeStepUpSchema,
  presentCompletedStepUp,
  startStepUpSchema,
  stepUpCompletedSchema,
  stepUpParams,
  stepUpStartedSchema,
  toStepUpResponse,
  verifyStepUpSchema,
} from './step-up-schema.ts'

const rateLimit = { limit: 30, window: minutes(1), by: 'principal' } as const

/** RFC 9470: a signed-in user authenticates anew, for something that asks for it. */
export function stepUpRoutes(services: SignInRouteServices): readonly Route[] {
  return [startRoute(services), assertionRoute(services), verifyRoute(services)]
}

const startRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'startStepUp',
    method: 'POST',
    path: '/api/auth/step-up',
    tag: 'Account',
    summary: 'Begin to authenticate anew',
    description:
      'Send the `acr_values` of the challenge that you got. Whoever has a second factor proves one in any case; nothing weaker than asked for is accepted. With `transaction_digest`, the access token that the step-up ends with says in `authorization_details` which transaction it is for; later tokens do not.',
    auth: { kind: 'user', whileOwing: true },
    audit: { events: ['step_up.started', 'step_up.refused'] },
    rateLimit,
    body: startStepUpSchema,
    responses: { 201: { description: 'What can be proven', schema: stepUpStartedSchema } },
    errors: [signInErrors.step_up_unavailable],
    handler: async (context, { body: { acr, transaction_digest: transactionDigest } }) => {
      const asked = { acr, transactionDigest }
      const { id, methods, expiresIn } = await signIn.startStepUp(context, asked)
      return { status: 201, body: { id, methods: [...methods], expires_in: expiresIn } }
    },
  })

const assertionRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'challengeStepUp',
    method: 'POST',
    path: '/api/auth/step-up/{step_up_id}/challenge',
    tag: 'Account',
    summary: 'Ask for a passkey, a security key or a code by SMS for a step-up',
    description:
      'For `webauthn` give `options` to `navigator.credentials.get`, and its answer to `verify`. For `sms` a code is sent, which counts in this step-up only.',
    auth: { kind: 'user', whileOwing: true },
    audit: {
      events: ['webauthn.challenged', 'sms.code_sent', 'sms.code_refused', 'step_up.refused'],
    },
    rateLimit,
    params: stepUpParams,
    body: challengeStepUpSchema,
    responses: { 201: { description: 'Asked for', schema: challengedSchema } },
    errors: [signInErrors.step_up_not_found, ...smsSendingErrors],
    handler: async (context, { params: { step_up_id: id }, body: { method } }) => ({
      status: 201,
      body:
        method === 'sms'
          ? presentSentSmsCode(await signIn.sendSmsCodeForStepUp(context, id))
          : presentAssertionOptions(await signIn.challengeStepUp(context, id)),
    }),
  })

const verifyRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'verifyStepUp',
    method: 'POST',
    path: '/api/auth/step-up/{step_up_id}/verify',
    tag: 'Account',
    summary: 'Prove it, and get an access token that says so',
    description:
      'A browser session gets another cookie and `csrf_token`. Access tokens from before stay as weak as they were.',
    auth: { kind: 'user', whileOwing: true },
    audit: { events: ['step_up.completed', 'step_up.refused', 'backup_code.used'] },
    rateLimit,
    params: stepUpParams,
    body: verifyStepUpSchema,
    responses: { 200: { description: 'Authenticated anew', schema: stepUpCompletedSchema } },
    errors: [
      signInErrors.step_up_not_found,
      signInErrors.step_up_refused,
      identityErrors.current_password_wrong,
      accessErrors.user_not_found,
      factorErrors.factor_secret_unavailable,
      passwordHashingErrors.overloaded,
    ],
    handler: async (context, { params: { step_up_id: id }, body }) => {
      const completed = await signIn.verifyStepUp(context, {
        id,
        response: toStepUpResponse(id, body),
      })
      const { cookie } = completed
      return {
        status: 200,
        body: presentCompletedStepUp(completed, csrfTokenOf),
        ...(cookie === undefined ? {} : { cookies: [{ name: 'session', value: cookie.reveal() }] }),
      }
    },
  })
