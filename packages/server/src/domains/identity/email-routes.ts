import { defineRoute, type Route } from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import type { IdentityRouteServices } from './account-routes.ts'
import { identityErrors } from './errors.ts'
import { OWN_LIMITS, PUBLIC_LIMITS } from './limits.ts'
import {
  acceptedSchema,
  changeEmailSchema,
  emailChangedSchema,
  emailChangeUndoneSchema,
  tokenBodySchema,
} from './schema.ts'

/** Changing the own address. */
export function emailRoutes(services: IdentityRouteServices): readonly Route[] {
  return [changeRoute(services), confirmRoute(services), undoRoute(services)]
}

const changeRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'changeEmail',
    method: 'POST',
    path: '/api/auth/email/change',
    tag: 'Account',
    summary: 'Ask for another e-mail address',
    description:
      'Needs a recent authentication. Every address gets the same answer; at most one message a minute is sent. A link goes to the new address, and a way to stop or undo it to the one of now.',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['user.email_change_requested'] },
    rateLimit: OWN_LIMITS.password,
    body: changeEmailSchema,
    responses: { 202: { description: 'Taken note of', schema: acceptedSchema } },
    errors: [accessErrors.user_not_found],
    handler: async (context, { body: { new_email } }) => {
      await identity.requestEmailChange(context, new_email)
      return { status: 202, body: { status: 'accepted' } }
    },
  })

const confirmRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'confirmEmailChange',
    method: 'POST',
    path: '/api/auth/email/confirm',
    tag: 'Account',
    summary: 'Take the new e-mail address over, with the token of a message',
    description: 'Ends every session of the user. The token works once.',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: {
      events: ['user.email_changed', 'user.email_change_refused', 'session.several_ended'],
    },
    rateLimit: PUBLIC_LIMITS.redeem,
    body: tokenBodySchema,
    responses: { 200: { description: 'The address is changed', schema: emailChangedSchema } },
    errors: [identityErrors.token_invalid],
    handler: async (context, { body: { token } }) => {
      await identity.confirmEmailChange(context, token)
      return { status: 200, body: { status: 'email_changed' } }
    },
  })

const undoRoute = ({ identity }: IdentityRouteServices) =>
  defineRoute({
    id: 'undoEmailChange',
    method: 'POST',
    path: '/api/auth/email/undo',
    tag: 'Account',
    summary: 'Stop or undo the change of the address, with the token sent to the old one',
    description: 'Ends every session of the user and every link that was sent. Works once.',
    auth: { kind: 'public', reason: 'the single-use token is the proof' },
    audit: {
      events: ['user.email_change_undone', 'user.email_change_refused', 'session.several_ended'],
    },
    rateLimit: PUBLIC_LIMITS.redeem,
    body: tokenBodySchema,
    responses: { 200: { description: 'The address of before', schema: emailChangeUndoneSchema } },
    errors: [identityErrors.token_invalid],
    handler: async (context, { body: { token } }) => {
      await identity.undoEmailChange(context, token)
      return { status: 200, body: { status: 'email_change_undone' } }
    },
  })
