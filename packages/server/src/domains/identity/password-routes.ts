import { captchaErrors } from '../../platform/captcha/index.ts'
import { defineRoute, type Route } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import type { IdentityRouteServices } from './account-routes.ts'
import { identityErrors, passwordPolicyErrors } from './errors.ts'
import { OWN_LIMITS, PUBLIC_LIMITS } from './limits.ts'
import {
  acceptedSchema,
  askForMailSchema,
  changePasswordSchema,
  passwordPolicySchema,
  presentPasswordPolicy,
  redemptionSchema,
} from './schema.ts'

const replacingErrors = [
  ...passwordPolicyErrors,
  identityErrors.password_reused,
  passwordHashingErrors.overloaded,
]
const UNCHECKED = 'user.breach_check_unavailable'

/** Choosing, changing and resetting a password. */
export function passwordRoutes(services: IdentityRouteServices): readonly Route[] {
  return [
    policyRoute(),
    forgotRoute(services),
    resetRoute(services),
    changeRoute(services),
    acceptInvitationRoute(services),
  ]
}

const policyRoute = () =>
  defineRoute({
    id: 'getPasswordPolicy',
    method: 'GET',
    path: '/api/auth/password/policy',
    tag: 'Account',
    summary: 'Show what a password must be like',
    auth: { kind: 'public', reason: 'needed to choose a password; says nothing about accounts' },
    audit: { none: 'a read of a public rule' },
    rateLimit: PUBLIC_LIMITS.policy,
    responses: { 200: { description: 'The rules', schema: passwordPolicySchema } },
    errors: [],
    handler: async ({ tenant }) => ({ status: 200, body: presentPasswordPolicy(tenant.policy) }),
  })

const forgotRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'forgotPassword',
    method: 'POST',
    path: '/api/auth/password/forgot',
    tag: 'Account',
    summary: 'Ask for a message to reset a password',
    description: 'Every address gets the same answer; at most one message a minute is sent.',
    auth: { kind: 'public', reason: 'the answer says nothing; only the mailbox learns more' },
    audit: { events: ['user.password_reset_requested'] },
    rateLimit: PUBLIC_LIMITS.message,
    body: askForMailSchema,
    responses: { 202: { description: 'Taken note of', schema: acceptedSchema } },
    errors: [captchaErrors.captcha_required, captchaErrors.captcha_unavailable],
    handler: async (context, { body: { email, captcha } }) => {
      await identity.forgotPassword(context, email, captcha)
      return { status: 202, body: { status: 'accepted' } }
    },
  })

const resetRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'resetPassword',
    method: 'POST',
    path: '/api/auth/password/reset',
    tag: 'Account',
    summary: 'Choose a new password, with the token of a message',
    description: 'Ends every session of the user. The token works once.',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: { events: ['user.password_reset', 'user.password_reset_refused', UNCHECKED] },
    rateLimit: PUBLIC_LIMITS.redeem,
    body: redemptionSchema,
    responses: { 204: { description: 'The password is changed' } },
    errors: [identityErrors.token_invalid, ...replacingErrors],
    handler: async (context, { body }) => {
      await identity.resetPassword(context, body)
      return { status: 204 }
    },
  })

const changeRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'changePassword',
    method: 'POST',
    path: '/api/auth/password/change',
    tag: 'Account',
    summary: 'Change the own password',
    description: 'Ends every other session of the user. Wrong guesses count like at sign-in.',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['user.password_changed', 'user.password_change_refused', UNCHECKED] },
    rateLimit: OWN_LIMITS.password,
    body: changePasswordSchema,
    responses: { 204: { description: 'The password is changed' } },
    errors: [identityErrors.current_password_wrong, ...replacingErrors],
    handler: async (context, { body: { current_password, new_password } }) => {
      const change = { currentPassword: current_password, newPassword: new_password }
      await identity.changePassword(context, change)
      return { status: 204 }
    },
  })

const acceptInvitationRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'acceptInvitation',
    method: 'POST',
    path: '/api/auth/invitations/accept',
    tag: 'Account',
    summary: 'Choose the first password, with the token of an invitation',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: {
      events: [
        'user.invitation_accepted',
        'user.invitation_refused',
        'screening_hit.found',
        'user.suspended',
        UNCHECKED,
      ],
    },
    rateLimit: PUBLIC_LIMITS.redeem,
    body: redemptionSchema,
    responses: { 204: { description: 'The account is ready to sign in' } },
    errors: [
      identityErrors.token_invalid,
      identityErrors.name_screening_unavailable,
      ...replacingErrors,
    ],
    handler: async (context, { body }) => {
      await identity.acceptInvitation(context, body)
      return { status: 204 }
    },
  })
