import { defineErrors } from '../../kernel/index.ts'

export const errors = defineErrors({
  overloaded: {
    status: 503,
    title: 'Server is busy',
    help: 'Try again after the number of seconds in Retry-After.',
  },
  password_hash_unusable: {
    status: 503,
    title: 'Sign-in with a password is not possible at the moment',
    help: 'For operators: a stored hash is malformed, too costly, or needs a lost pepper.',
  },
})
