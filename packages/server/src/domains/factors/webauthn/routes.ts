import { defineRoute, httpErrors, type Route } from '../../../platform/http/index.ts'
import { passwordHashingErrors } from '../../../platform/password-hashing/index.ts'
import { accessErrors } from '../../access/index.ts'
import { identityErrors } from '../../identity/index.ts'
import { factorErrors } from '../errors.ts'
import { reauthenticationSchema, toReauthentication } from '../schema.ts'
import { webauthnErrors } from './errors.ts'
import { WEBAUTHN_LIMITS } from './policy.ts'
import {
  completeRegistrationSchema,
  credentialParams,
  credentialSchema,
  credentialsSchema,
  presentCredential,
  presentRegistered,
  presentRegistrationOptions,
  registeredSchema,
  registrationOptionsSchema,
  renameCredentialSchema,
} from './schema.ts'
import type { WebAuthn } from './webauthn.ts'

export interface WebAuthnRouteServices {
  readonly factors: { readonly webauthn: WebAuthn }
}

const reauthenticationErrors = [
  factorErrors.factor_code_wrong,
  factorErrors.factor_secret_unavailable,
  identityErrors.current_password_wrong,
  accessErrors.user_not_found,
  httpErrors.insufficient_user_authentication,
  passwordHashingErrors.overloaded,
]

/** What somebody does with the own passkeys and security keys. */
export function webauthnRoutes(services: WebAuthnRouteServices): readonly Route[] {
  return [
    beginRoute(services),
    completeRoute(services),
    listRoute(services),
    getRoute(services),
    renameRoute(services),
    removeRoute(services),
  ]
}

const beginRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'beginWebauthnRegistration',
    method: 'POST',
    path: '/api/auth/webauthn/register/options',
    tag: 'Passkeys',
    summary: 'Begin to register a passkey or security key',
    description:
      'Needs the password again. Whoever has a factor sends a code of it too, or steps up before. Give `options` to `navigator.credentials.create`; they hold for five minutes and this session.',
    auth: { kind: 'user', isSensitive: true },
    audit: { events: ['webauthn.registration_started', 'webauthn.registration_refused'] },
    rateLimit: WEBAUTHN_LIMITS.change,
    body: reauthenticationSchema,
    responses: { 201: { description: 'For the browser', schema: registrationOptionsSchema } },
    errors: [
      factorErrors.mfa_disabled,
      factorErrors.factor_limit_reached,
      ...reauthenticationErrors,
    ],
    handler: async (context, { body }) => ({
      status: 201,
      body: presentRegistrationOptions(
        await factors.webauthn.beginRegistration(context, toReauthentication(body)),
      ),
    }),
  })

const completeRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'completeWebauthnRegistration',
    method: 'POST',
    path: '/api/auth/webauthn/register/verify',
    tag: 'Passkeys',
    summary: 'Register the credential that the browser made',
    description:
      'Send the credential as its `toJSON()` gives it. The first factor comes with backup codes, which are shown this once.',
    auth: { kind: 'user' },
    audit: {
      events: ['webauthn.registered', 'webauthn.registration_refused', 'backup_codes.made'],
    },
    rateLimit: WEBAUTHN_LIMITS.change,
    body: completeRegistrationSchema,
    responses: { 201: { description: 'It counts from now on', schema: registeredSchema } },
    errors: [
      webauthnErrors.webauthn_registration_refused,
      webauthnErrors.authenticator_not_allowed,
      webauthnErrors.attestation_required,
      webauthnErrors.attestation_metadata_outdated,
      factorErrors.factor_limit_reached,
      accessErrors.user_not_found,
    ],
    handler: async (context, { body: { response, name } }) => ({
      status: 201,
      body: presentRegistered(
        await factors.webauthn.completeRegistration(context, { response, name }),
      ),
    }),
  })

const listRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'listWebauthnCredentials',
    method: 'GET',
    path: '/api/auth/webauthn/credentials',
    tag: 'Passkeys',
    summary: 'List your passkeys and security keys',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own credentials' },
    rateLimit: WEBAUTHN_LIMITS.read,
    responses: { 200: { description: 'Oldest first', schema: credentialsSchema } },
    errors: [],
    handler: async (context) => ({
      status: 200,
      body: { credentials: (await factors.webauthn.list(context)).map(presentCredential) },
    }),
  })

const getRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'getWebauthnCredential',
    method: 'GET',
    path: '/api/auth/webauthn/credentials/{credential_id}',
    tag: 'Passkeys',
    summary: 'Show one of your passkeys or security keys',
    auth: { kind: 'user' },
    audit: { none: 'a read of the own credentials' },
    rateLimit: WEBAUTHN_LIMITS.read,
    params: credentialParams,
    responses: { 200: { description: 'The credential', schema: credentialSchema } },
    errors: [webauthnErrors.webauthn_credential_not_found],
    handler: async (context, { params: { credential_id } }) => ({
      status: 200,
      body: presentCredential(await factors.webauthn.get(context, credential_id)),
    }),
  })

const renameRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'renameWebauthnCredential',
    method: 'PATCH',
    path: '/api/auth/webauthn/credentials/{credential_id}',
    tag: 'Passkeys',
    summary: 'Give a passkey or security key another name',
    auth: { kind: 'user' },
    audit: { events: ['webauthn.renamed'] },
    rateLimit: WEBAUTHN_LIMITS.change,
    params: credentialParams,
    body: renameCredentialSchema,
    responses: { 200: { description: 'The credential', schema: credentialSchema } },
    errors: [webauthnErrors.webauthn_credential_not_found],
    handler: async (context, { params: { credential_id }, body: { name } }) => ({
      status: 200,
      body: presentCredential(await factors.webauthn.rename(context, credential_id, name)),
    }),
  })

const removeRoute = ({ factors }: WebAuthnRouteServices) =>
  defineRoute({
    id: 'removeWebauthnCredential',
    method: 'DELETE',
    path: '/api/auth/webauthn/credentials/{credential_id}',
    tag: 'Passkeys',
    summary: 'Remove a passkey or security key',
    description:
      'Ends every other session. Needs the password and a code of any factor, or a factor proven within five minutes.',
    auth: { kind: 'user', isSensitive: true },
    audit: { events: ['webauthn.removed', 'webauthn.removal_refused', 'session.several_ended'] },
    rateLimit: WEBAUTHN_LIMITS.change,
    params: credentialParams,
    body: reauthenticationSchema,
    responses: { 204: { description: 'The credential is gone' } },
    errors: [
      webauthnErrors.webauthn_credential_not_found,
      factorErrors.factor_required,
      ...reauthenticationErrors,
    ],
    handler: async (context, { params: { credential_id }, body }) => {
      await factors.webauthn.remove(context, credential_id, toReauthentication(body))
      return { status: 204 }
    },
  })
