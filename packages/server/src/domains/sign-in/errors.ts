import { defineErrors } from '../../kernel/index.ts'

export const signInErrors = defineErrors({
  invalid_credentials: {
    status: 401,
    title: 'The e-mail address or the password is not right',
    help: 'Try again or reset the password. After several failures each further try must wait: the answer is the same, so that it tells nobody anything.',
  },
  invalid_refresh_token: {
    status: 401,
    title: 'The refresh token is not valid',
    help: 'Sign in again. A refresh token works once; one that is used twice ends its session.',
  },
})
