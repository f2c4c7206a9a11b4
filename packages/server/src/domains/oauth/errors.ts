import { defineErrors } from '../../kernel/index.ts'

/** Of the administration. The protocol endpoints answer with the codes of RFC 6749 §5.2. */
export const oauthErrors = defineErrors({
  client_not_found: {
    status: 404,
    title: 'Client not found',
    help: 'Check the id: it starts with `cli_`.',
  },
  client_metadata_refused: {
    status: 422,
    title: 'The registration of the client is not acceptable',
    help: '`errors` names each member and why. The profile decides what fits: see the reference.',
  },
  client_has_no_secret: {
    status: 409,
    title: 'This client does not use a secret',
    help: 'Its `token_endpoint_auth_method` proves itself by keys, or not at all.',
  },
  trusted_issuer_not_found: {
    status: 404,
    title: 'Trusted issuer not found',
    help: 'Check the id: it starts with `tis_`.',
  },
  trusted_issuer_exists: {
    status: 409,
    title: 'This issuer is trusted already',
    help: 'Delete the entry that is there to change it.',
  },
  trusted_issuer_is_own: {
    status: 422,
    title: 'A tenant does not trust itself',
    help: '`issuer` is this tenant. Give the issuer of the other server.',
  },
  authentication_request_not_found: {
    status: 404,
    title: 'Request not found',
    help: 'It was answered already, it expired, or it is for someone else.',
  },
  grant_not_found: {
    status: 404,
    title: 'Connected application not found',
    help: 'It may have been disconnected already.',
  },
})
