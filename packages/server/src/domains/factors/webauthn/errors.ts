import { defineErrors } from '../../../kernel/index.ts'

export const webauthnErrors = defineErrors({
  webauthn_registration_refused: {
    status: 422,
    title: 'The registration of the authenticator was not accepted',
    help: 'Ask for new options and send what the browser answers to them, once, from the same session and within five minutes.',
  },
  authenticator_not_allowed: {
    status: 422,
    title: 'The tenant does not accept authenticators of this model',
    help: 'Use an authenticator that the tenant lists in `webauthn_allowed_aaguids`, and let the browser tell its model.',
  },
  attestation_required: {
    status: 422,
    title: 'The tenant accepts only authenticators whose maker vouches for them',
    help: 'Use a security key or device of a maker that the operator trusts, and let the browser tell its model. Synchronised passkeys say nothing of a maker. The audit trail has the reason.',
  },
  attestation_metadata_outdated: {
    status: 503,
    title: 'What this server knows of authenticators is too old',
    help: 'The operator replaces the file of `COUNTERSIGN_FIDO_METADATA_FILE` by a newer one and restarts.',
  },
  webauthn_credential_not_found: {
    status: 404,
    title: 'Credential not found',
    help: 'Use an id from `GET /api/auth/webauthn/credentials`; those of others look like none.',
  },
})
