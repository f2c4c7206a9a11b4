import { defineErrors } from '../../kernel/index.ts'

export const errors = defineErrors({
  captcha_required: {
    status: 422,
    title: 'A solved challenge is missing, or was used before',
    help: 'Get one from `GET /api/auth/captcha` and send its solution as `captcha`. Each works once, for its tenant and purpose, for ten minutes.',
  },
  captcha_unavailable: {
    status: 503,
    title: 'Challenges can not be checked at the moment',
    help: 'Try again after the number of seconds in Retry-After. For operators: the service at COUNTERSIGN_CAPTCHA_VERIFY_URL did not answer.',
  },
})
