import { captchaErrors } from '../../platform/captcha/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { identityErrors, passwordPolicyErrors } from './errors.ts'
import type { Identity } from './identity.ts'
import { PUBLIC_LIMITS } from './limits.ts'
import {
  acceptedSchema,
  askForMailSchema,
  registeredSchema,
  registerSchema,
  tokenBodySchema,
  verifiedSchema,
} from './schema.ts'

export interface IdentityRouteServices {
  readonly identity: Identity
}

/** Registration and the proof of the address. */
export function accountRoutes(services: IdentityRouteServices): readonly Route[] {
  return [registerRoute(services), verifyEmailRoute(services), resendRoute(services)]
}

const registerRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'register',
    method: 'POST',
    path: '/api/auth/register',
    tag: 'Account',
    summary: 'Register an account',
    description: 'Known and unknown addresses get the same answer; a message goes to the address.',
    auth: { kind: 'public', reason: 'people without an account register' },
    audit: {
      events: [
        'screening_hit.found',
        'user.suspended',
        'user.registered',
        'user.registration_repeated',
        'user.registration_refused',
        'user.breach_check_unavailable',
      ],
    },
    rateLimit: PUBLIC_LIMITS.register,
    body: registerSchema,
    responses: { 202: { description: 'A message is on its way', schema: registeredSchema } },
    errors: [
      identityErrors.registration_closed,
      identityErrors.name_screening_unavailable,
      captchaErrors.captcha_required,
      captchaErrors.captcha_unavailable,
      ...passwordPolicyErrors,
      passwordHashingErrors.overloaded,
    ],
    handler: async (context, { body: { display_name, ...body } }) => {
      await identity.register(context, { ...body, displayName: display_name })
      return { status: 202, body: { status: 'email_verification_required' } }
    },
  })

const verifyEmailRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'verifyEmail',
    method: 'POST',
    path: '/api/auth/verify-email',
    tag: 'Account',
    summary: 'Prove to control an address, with the token of a message',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: { events: ['user.email_verified', 'user.email_verification_refused'] },
    rateLimit: PUBLIC_LIMITS.verify,
    body: tokenBodySchema,
    responses: { 200: { description: 'The address is verified', schema: verifiedSchema } },
    errors: [identityErrors.token_invalid],
    handler: async (context, { body: { token } }) => {
      await identity.verifyEmail(context, token)
      return { status: 200, body: { status: 'email_verified' } }
    },
  })

const resendRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'resendVerification',
    method: 'POST',
    path: '/api/auth/verify-email/resend',
    tag: 'Account',
    summary: 'Ask for another verification message',
    description: 'Every address gets the same answer; at most one message a minute is sent.',
    auth: { kind: 'public', reason: 'the answer says nothing; only the mailbox learns more' },
    audit: { events: ['user.email_verification_requested'] },
    rateLimit: PUBLIC_LIMITS.message,
    body: askForMailSchema,
    responses: { 202: { description: 'Taken note of', schema: acceptedSchema } },
    errors: [captchaErrors.captcha_required, captchaErrors.captcha_unavailable],
    handler: async (context, { body: { email, captcha } }) => {
      await identity.resendVerification(context, email, captcha)
      return { status: 202, body: { status: 'accepted' } }
    },
  })
