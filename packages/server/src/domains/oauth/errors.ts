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
