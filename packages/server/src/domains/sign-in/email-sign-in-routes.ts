import { minutes } from '../../kernel/index.ts'
import { captchaErrors } from '../../platform/captcha/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { identityErrors } from '../identity/index.ts'
import { keyErrors } from '../keys/index.ts'
import {
  requestedEmailSignInSchema,
  requestEmailSignInSchema,
  toEmailSignInAnswer,
  verifyEmailSignInSchema,
} from './email-sign-in-schema.ts'
import { signInErrors } from './errors.ts'
import { EMAIL_SIGN_IN_LIFETIME } from './policy.ts'
import { replyWithStep } from './reply-with-step.ts'
import type { SignInRouteServices } from './route-services.ts'
import { signInStepSchema } from './schema.ts'

/** Signing in by mail, with a link or with a code. */
export function emailSignInRoutes(services: SignInRouteServices): readonly Route[] {
  return [requestRoute(services), verifyRoute(services)]
}

const requestRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'requestEmailSignIn',
    method: 'POST',
    path: '/api/auth/magic-link',
    tag: 'Account',
    summary: 'Ask for a link or a code by mail to sign in with',
    description:
      'The answer is the same whether the address is known or not. What is mailed works once, for ten minutes, together with `challenge`, which a browser also gets as a cookie. The tenant setting `email_sign_in_methods` says what is allowed.',
    auth: { kind: 'public', reason: 'this is how one becomes a principal' },
    audit: { events: ['sign_in.mail_requested'] },
    rateLimit: { limit: 5, window: minutes(1), by: 'source' },
    body: requestEmailSignInSchema,
    responses: { 202: { description: 'Asked for', schema: requestedEmailSignInSchema } },
    errors: [
      signInErrors.email_sign_in_disabled,
      identityErrors.email_invalid,
      captchaErrors.captcha_required,
      captchaErrors.captcha_unavailable,
    ],
    handler: async (context, { body }) => {
      const { challenge, expiresIn } = await signIn.requestByEmail(context, body)
      const value = challenge.reveal()
      return {
        status: 202,
        body: { challenge: value, expires_in: expiresIn },
        cookies: [{ name: COOKIE, value, maxAge: EMAIL_SIGN_IN_LIFETIME }],
      }
    },
  })

const verifyRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'signInByEmail',
    method: 'POST',
    path: '/api/auth/magic-link/verify',
    tag: 'Account',
    summary: 'Sign in with what was mailed',
    description:
      'Send the `token` of a link, or the `code`, and the `challenge` of the one who asked. Mail is one factor: the answer may ask for another one.',
    auth: { kind: 'public', reason: 'this is how one becomes a principal' },
    audit: {
      events: ['session.started', 'sign_in.challenged', 'sign_in.refused', 'user.email_verified'],
    },
    rateLimit: { limit: 60, window: minutes(1), by: 'source' },
    body: verifyEmailSignInSchema,
    responses: { 200: { description: 'The next step', schema: signInStepSchema } },
    errors: [
      signInErrors.email_sign_in_disabled,
      signInErrors.invalid_email_sign_in,
      keyErrors.signing_key_unavailable,
    ],
    handler: async (context, { body, cookie }) => {
      const answer = toEmailSignInAnswer(body, cookie(COOKIE))
      const reply = replyWithStep(await signIn.byEmail(context, answer), csrfTokenOf)
      const cookies = [...(reply.cookies ?? []), { name: COOKIE, value: undefined }]
      return { ...reply, cookies }
    },
  })

const COOKIE = 'email_sign_in'
