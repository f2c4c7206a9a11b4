import { defineErrors } from '../../kernel/index.ts'

export const keyErrors = defineErrors({
  signing_key_not_found: {
    status: 404,
    title: 'Signing key not found',
    help: 'List the keys of the tenant: `GET /api/admin/keys`.',
  },
  signing_key_not_in_use: {
    status: 409,
    title: 'Signing key not in use',
    help: 'The key was revoked or has gone before: nothing trusts it any more.',
  },
  signing_key_too_new: {
    status: 409,
    title: 'The next signing key was published too recently',
    help: 'Wait for the time in `Retry-After`, so that every verifier has seen the key; or send `"force": true` and accept that verifiers refuse new tokens until they fetch the keys again.',
  },
  signing_algorithm_not_offered: {
    status: 422,
    title: 'The tenant does not sign with this algorithm',
    help: 'An operator adds it to `signing_algorithms` of the tenant first.',
  },
  signing_key_unavailable: {
    status: 503,
    title: 'The service is not available right now',
    help: 'An administrator of the server must restore the master key that sealed the signing keys.',
  },
})
