import { minutes } from '../../kernel/index.ts'
import { captchaErrors } from '../../platform/captcha/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { defineRoute, httpErrors, type Route } from '../../platform/http/index.ts'
import { keyErrors } from '../keys/index.ts'
import { emailSignInRoutes } from './email-sign-in-routes.ts'
import { captchaRoute } from './captcha-route.ts'
import { signInErrors } from './errors.ts'
import { mfaRoutes } from './mfa-routes.ts'
import { passkeyEnrollmentRoutes } from './passkey-enrollment-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { passwordChangeRoute } from './password-change-route.ts'
import { replyWithStep } from './reply-with-step.ts'
import {
  loginSchema,
  presentTokens,
  refreshSchema,
  signInStepSchema,
  tokensSchema,
} from './schema.ts'
import type { SignInRouteServices } from './route-services.ts'
import { stepUpRoutes } from './step-up-routes.ts'

export function signInRoutes(services: SignInRouteServices): readonly Route[] {
  return [
    captchaRoute(services),
    loginRoute(services),
    ...passkeyRoutes(services),
    ...emailSignInRoutes(services),
    ...mfaRoutes(services),
    ...passkeyEnrollmentRoutes(services),
    passwordChangeRoute(services),
    ...stepUpRoutes(services),
    refreshRoute(services),
  ]
}

const loginRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'signIn',
    method: 'POST',
    path: '/api/auth/login',
    tag: 'Account',
    summary: 'Sign in with e-mail address and password',
    description:
      'The answer says by `status` what comes next. With `transport: "cookie"` the session lives in a `__Host-` cookie and `csrf_token` must accompany unsafe requests; otherwise tokens are returned.',
    auth: { kind: 'public', reason: 'this is how one becomes a principal' },
    audit: {
      events: [
        'session.started',
        'device.added',
        'sign_in.challenged',
        'sign_in.refused',
        'user.password_change_demanded',
        'user.breach_check_unavailable',
      ],
    },
    rateLimit: { limit: 60, window: minutes(1), by: 'source' },
    body: loginSchema,
    responses: { 200: { description: 'The next step', schema: signInStepSchema } },
    errors: [
      signInErrors.invalid_credentials,
      captchaErrors.captcha_unavailable,
      httpErrors.risk_refused,
      passwordHashingErrors.overloaded,
      passwordHashingErrors.password_hash_unusable,
      keyErrors.signing_key_unavailable,
    ],
    handler: async (context, { body }) =>
      replyWithStep(await signIn.withPassword(context, body), csrfTokenOf),
  })

const refreshRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'refreshSession',
    method: 'POST',
    path: '/api/auth/refresh',
    tag: 'Account',
    summary: 'Get a new access token',
    description:
      'A refresh token works once and is replaced by the one in the answer. The same token again within the grace gets the same answer; after it, the session ends. So does one that has seen the cookie of its device when another device, or none, refreshes it. A browser session sends its cookie and no token, and gets its `csrf_token` again, so that a page may reload.',
    auth: { kind: 'public', reason: 'the refresh token or the cookie is the credential' },
    audit: {
      events: [
        'session.refreshed',
        'session.refresh_refused',
        'session.reuse_detected',
        'session.ended',
        'session.device_mismatch',
      ],
    },
    rateLimit: { limit: 300, window: minutes(1), by: 'source' },
    body: refreshSchema,
    responses: { 200: { description: 'New tokens', schema: tokensSchema } },
    errors: [
      signInErrors.invalid_refresh_token,
      signInErrors.session_policy_changed,
      httpErrors.risk_refused,
      httpErrors.insufficient_user_authentication,
      keyErrors.signing_key_unavailable,
    ],
    handler: async (context, { body, cookie }) => {
      if (body.refresh_token !== undefined) {
        return {
          status: 200,
          body: presentTokens(await signIn.refresh(context, body.refresh_token)),
        }
      }
      const session = cookie('session') ?? ''
      const tokens = await signIn.refreshByCookie(context, session)
      return { status: 200, body: { ...presentTokens(tokens), csrf_token: csrfTokenOf(session) } }
    },
  })
