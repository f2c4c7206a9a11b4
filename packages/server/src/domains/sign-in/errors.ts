import { defineErrors } from '../../kernel/index.ts'

export const signInErrors = defineErrors({
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is not right',
    help: 'Try again or reset the password. After several failures each further try must wait: the answer is the same, so that it tells nobody anything.',
  },
  invalid_challenge_response: {
    status: 401,
    title: 'The challenge or the answer to it is not right',
    help: 'A challenge lives five minutes and takes five answers; each code works once. Sign in again for a new challenge. What exactly was wrong is not told.',
  },
  invalid_email_sign_in: {
    status: 401,
    title: 'The link or the code is not right',
    help: 'It works once, for ten minutes and five tries, and only for the client that asked for it. Ask for a new one. What exactly was wrong is not told.',
  },
  email_sign_in_disabled: {
    status: 403,
    title: 'The tenant does not use this way to sign in',
    help: 'An operator can allow `link` and `code` with the setting `email_sign_in_methods`.',
  },
  step_up_not_found: {
    status: 404,
    title: 'There is no such step-up to complete',
    help: 'Begin one with `POST /api/auth/step-up`. It lives five minutes, takes five answers, and belongs to the session that began it.',
  },
  step_up_refused: {
    status: 403,
    title: 'The proof is not right',
    help: 'Use one of the `methods` of the step-up; each code works once.',
  },
  step_up_unavailable: {
    status: 403,
    title: 'You have no factor that is strong enough',
    help: 'Enrol one: `POST /api/auth/mfa/totp/enroll`. Nothing weaker is accepted in its place.',
  },
  session_policy_changed: {
    status: 401,
    title: 'The session does not keep the rules of the tenant any more',
    help: 'Sign in again: the tenant asks for more than this session has proven, so it has ended.',
  },
  invalid_refresh_token: {
    status: 401,
    title: 'The refresh token is not valid',
    help: 'Sign in again. A refresh token works once; one that is used twice ends its session.',
  },
})
