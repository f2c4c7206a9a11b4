import { minutes } from '../../kernel/index.ts'
import { defineRoute, httpErrors, type Route } from '../../platform/http/index.ts'
import { presentAssertionOptions } from '../factors/index.ts'
import { signInErrors } from './errors.ts'
import { replyWithStep } from './reply-with-step.ts'
import type { SignInRouteServices } from './route-services.ts'
import { passkeyOptionsSchema, passkeySignInSchema, signInStepSchema } from './schema.ts'

const rateLimit = { limit: 60, window: minutes(1), by: 'source' } as const

/** Signing in without a password. */
export function passkeyRoutes(services: SignInRouteServices): readonly Route[] {
  return [optionsRoute(services), verifyRoute(services)]
}

const optionsRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'beginPasskeySignIn',
    method: 'POST',
    path: '/api/auth/webauthn/login/options',
    tag: 'Passkeys',
    summary: 'Begin to sign in with a passkey',
    description:
      'Names nobody: the browser offers the passkeys that it has, also by autofill. Give `options` to `navigator.credentials.get`; they hold for five minutes and one answer.',
    auth: { kind: 'public', reason: 'this is how one becomes a principal' },
    audit: { events: ['webauthn.challenged'] },
    rateLimit,
    responses: { 201: { description: 'For the browser', schema: passkeyOptionsSchema } },
    errors: [],
    handler: async (context) => {
      const { challengeId, options } = await signIn.beginWithPasskey(context)
      return {
        status: 201,
        body: { challenge_id: challengeId, ...presentAssertionOptions(options) },
      }
    },
  })

const verifyRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'signInWithPasskey',
    method: 'POST',
    path: '/api/auth/webauthn/login/verify',
    tag: 'Passkeys',
    summary: 'Sign in with the answer of the browser',
    description:
      'Send the credential as its `toJSON()` gives it. The authenticator must have verified its user; then it stands for two factors, and no other is asked for.',
    auth: { kind: 'public', reason: 'this is how one becomes a principal' },
    audit: {
      events: ['session.started', 'device.added', 'sign_in.refused', 'webauthn.clone_suspected'],
    },
    rateLimit,
    body: passkeySignInSchema,
    responses: { 200: { description: 'The next step', schema: signInStepSchema } },
    errors: [signInErrors.invalid_credentials, httpErrors.risk_refused],
    handler: async (context, { body: { challenge_id: challengeId, response, transport } }) =>
      replyWithStep(
        await signIn.withPasskey(context, { challengeId, response, transport }),
        csrfTokenOf,
      ),
  })
