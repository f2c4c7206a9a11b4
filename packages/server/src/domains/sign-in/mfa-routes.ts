import { minutes } from '../../kernel/index.ts'
import { defineRoute, httpErrors, type Route } from '../../platform/http/index.ts'
import {
  enrollmentSchema,
  factorErrors,
  presentAssertionOptions,
  presentEnrollment,
  presentSentSmsCode,
} from '../factors/index.ts'
import { signInErrors } from './errors.ts'
import type { SignInRouteServices } from './route-services.ts'
import {
  challengedSchema,
  challengeFactorSchema,
  confirmEnrollmentSchema,
  enrollAtSignInSchema,
  signInStepSchema,
  toFactorResponse,
  verifyFactorSchema,
} from './schema.ts'
import { smsSendingErrors } from './sms-sending-errors.ts'
import { replyWithStep } from './reply-with-step.ts'

const rateLimit = { limit: 60, window: minutes(1), by: 'source' } as const

/** The further steps of a sign-in whose password was right. */
export function mfaRoutes(services: SignInRouteServices): readonly Route[] {
  return [
    challengeRoute(services),
    verifyRoute(services),
    enrollRoute(services),
    confirmRoute(services),
  ]
}

const challengeRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'challengeFactor',
    method: 'POST',
    path: '/api/auth/mfa/challenge',
    tag: 'Account',
    summary: 'Ask for a passkey, a security key or a code by SMS as the second factor',
    description:
      'For `webauthn` give `options` to `navigator.credentials.get`, and its answer to `mfa/verify`. For `sms` a code is sent, which counts in this sign-in only.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: {
      events: ['webauthn.challenged', 'sms.code_sent', 'sms.code_refused', 'sign_in.refused'],
    },
    rateLimit,
    body: challengeFactorSchema,
    responses: { 201: { description: 'Asked for', schema: challengedSchema } },
    errors: [signInErrors.invalid_challenge_response, ...smsSendingErrors],
    handler: async (context, { body: { challenge, method } }) => ({
      status: 201,
      body:
        method === 'sms'
          ? presentSentSmsCode(await signIn.sendSmsCode(context, challenge))
          : presentAssertionOptions(await signIn.challengeFactor(context, challenge)),
    }),
  })

const verifyRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'verifyFactor',
    method: 'POST',
    path: '/api/auth/mfa/verify',
    tag: 'Account',
    summary: 'Answer the challenge of a sign-in with a second factor',
    description:
      'For `status: "mfa_required"`. A challenge lives five minutes and takes five answers; a code works once. What was wrong is not told. With `trust_device` this device is not asked again for as long as the tenant allows (`trusted_device_days`); its sessions then say that a password was proven, and no more.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: {
      events: [
        'session.started',
        'sign_in.refused',
        'backup_code.used',
        'device.added',
        'device.trusted',
      ],
    },
    rateLimit,
    body: verifyFactorSchema,
    responses: { 200: { description: 'Signed in', schema: signInStepSchema } },
    errors: [
      signInErrors.invalid_challenge_response,
      httpErrors.risk_refused,
      factorErrors.factor_secret_unavailable,
    ],
    handler: async (context, { body }) => {
      const { challenge, trust_device: trustDevice } = body
      const answer = { challenge, response: toFactorResponse(body), trustDevice }
      return replyWithStep(await signIn.verifyFactor(context, answer), csrfTokenOf)
    },
  })

const enrollRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'enrollTotpAtSignIn',
    method: 'POST',
    path: '/api/auth/mfa/enrollment/totp',
    tag: 'Account',
    summary: 'Enrol an authenticator app that a sign-in demands',
    description: 'For `status: "mfa_enrollment_required"`. Asking again replaces the secret.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: { events: ['factor.enrolled', 'sign_in.refused'] },
    rateLimit,
    body: enrollAtSignInSchema,
    responses: { 201: { description: 'The secret, shown once', schema: enrollmentSchema } },
    errors: [signInErrors.invalid_challenge_response, factorErrors.factor_limit_reached],
    handler: async (context, { body: { challenge } }) => ({
      status: 201,
      body: presentEnrollment(await signIn.enrollTotp(context, challenge)),
    }),
  })

const confirmRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'confirmTotpAtSignIn',
    method: 'POST',
    path: '/api/auth/mfa/enrollment/totp/confirm',
    tag: 'Account',
    summary: 'Confirm that app with a code, and complete the sign-in',
    description: 'The answer contains backup codes, which are shown this once.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: {
      events: [
        'factor.confirmed',
        'backup_codes.made',
        'session.started',
        'device.added',
        'sign_in.refused',
      ],
    },
    rateLimit,
    body: confirmEnrollmentSchema,
    responses: { 200: { description: 'Signed in', schema: signInStepSchema } },
    errors: [
      signInErrors.invalid_challenge_response,
      httpErrors.risk_refused,
      factorErrors.factor_not_found,
      factorErrors.factor_secret_unavailable,
    ],
    handler: async (context, { body }) =>
      replyWithStep(await signIn.confirmTotp(context, body), csrfTokenOf),
  })
