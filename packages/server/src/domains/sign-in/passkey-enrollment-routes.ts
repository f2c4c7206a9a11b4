import { minutes } from '../../kernel/index.ts'
import { defineRoute, httpErrors, type Route } from '../../platform/http/index.ts'
import {
  factorErrors,
  presentRegistrationOptions,
  registrationOptionsSchema,
  webauthnErrors,
} from '../factors/index.ts'
import { signInErrors } from './errors.ts'
import { replyWithStep } from './reply-with-step.ts'
import type { SignInRouteServices } from './route-services.ts'
import {
  completePasskeyEnrollmentSchema,
  enrollAtSignInSchema,
  signInStepSchema,
} from './schema.ts'

const rateLimit = { limit: 60, window: minutes(1), by: 'source' } as const

/** A passkey or security key that a sign-in demands. */
export function passkeyEnrollmentRoutes(services: SignInRouteServices): readonly Route[] {
  return [optionsRoute(services), verifyRoute(services)]
}

const optionsRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'beginPasskeyEnrollment',
    method: 'POST',
    path: '/api/auth/mfa/enrollment/webauthn',
    tag: 'Account',
    summary: 'Enrol a passkey or security key that a sign-in demands',
    description:
      'For `status: "mfa_enrollment_required"`. Give `options` to `navigator.credentials.create`.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: { events: ['webauthn.registration_started', 'sign_in.refused'] },
    rateLimit,
    body: enrollAtSignInSchema,
    responses: { 201: { description: 'For the browser', schema: registrationOptionsSchema } },
    errors: [signInErrors.invalid_challenge_response, factorErrors.factor_limit_reached],
    handler: async (context, { body: { challenge } }) => ({
      status: 201,
      body: presentRegistrationOptions(await signIn.beginPasskeyEnrollment(context, challenge)),
    }),
  })

const verifyRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'completePasskeyEnrollment',
    method: 'POST',
    path: '/api/auth/mfa/enrollment/webauthn/verify',
    tag: 'Account',
    summary: 'Register the credential that the browser made, and complete the sign-in',
    description:
      'Send the credential as its `toJSON()` gives it. The first factor comes with backup codes, which are shown this once.',
    auth: { kind: 'public', reason: 'the challenge stands for a password that was right' },
    audit: {
      events: ['webauthn.registered', 'backup_codes.made', 'session.started', 'sign_in.refused'],
    },
    rateLimit,
    body: completePasskeyEnrollmentSchema,
    responses: { 200: { description: 'Signed in', schema: signInStepSchema } },
    errors: [
      signInErrors.invalid_challenge_response,
      httpErrors.risk_refused,
      webauthnErrors.authenticator_not_allowed,
      webauthnErrors.attestation_required,
      webauthnErrors.attestation_metadata_outdated,
      factorErrors.factor_limit_reached,
    ],
    handler: async (context, { body: { challenge, response, name } }) =>
      replyWithStep(
        await signIn.completePasskeyEnrollment(context, { challenge, response, name }),
        csrfTokenOf,
      ),
  })
