import { defineErrors } from '../../kernel/index.ts'

export const httpErrors = defineErrors({
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    help: 'Each entry of `errors` names one member by JSON Pointer and says what is wrong with it.',
  },
  malformed_body: {
    status: 400,
    title: 'The body is not acceptable JSON',
    help: 'Send one JSON value in UTF-8 without duplicate members, NUL characters or deep nesting.',
  },
  authentication_required: {
    status: 401,
    title: 'Authentication is required',
    help: 'Send `Authorization: Bearer <access token>`, or the session cookie.',
  },
  invalid_token: {
    status: 401,
    title: 'The access token is not valid',
    help: 'Get a new one: refresh, or sign in again.',
  },
  insufficient_user_authentication: {
    status: 401,
    title: 'A stronger or more recent authentication is required',
    help: 'Step up: `POST /api/auth/step-up` with the `acr_values` of `WWW-Authenticate`, then repeat the request with the new access token.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The access token has not the scope that this needs',
    help: 'Ask the token endpoint for the scope that `WWW-Authenticate` names; the client must be registered for it.',
  },
  risk_refused: {
    status: 403,
    title: 'Refused because of its risk',
    help: 'Sign in with a second factor, from a place and a device that you use; or ask your administrator.',
  },
  csrf_token_invalid: {
    status: 403,
    title: 'The CSRF token is missing or wrong',
    help: 'Send the `csrf_token` of the sign-in answer as `X-CSRF-Token` with every unsafe request.',
  },
  origin_refused: {
    status: 403,
    title: 'Requests from this origin are refused',
    help: 'Call from the origin of the server, or add yours to `COUNTERSIGN_ALLOWED_ORIGINS`.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: 'There is nothing at this address for this method.',
  },
  precondition_failed: {
    status: 412,
    title: 'It was changed since you read it',
    help: 'Read it again, and send the change with the `ETag` of that answer as `If-Match`.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'Bodies are limited to 64 KiB unless an endpoint says otherwise.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported',
    help: 'Send `Content-Type: application/json`.',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
    help: 'Wait for the time in `Retry-After`; `RateLimit` says how much is left.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'Report the `request_id`: the log has the cause under it.',
  },
})
