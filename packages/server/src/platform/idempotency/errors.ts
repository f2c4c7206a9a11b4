import { defineErrors } from '../../kernel/index.ts'

export const idempotencyErrors = defineErrors({
  idempotency_key_malformed: {
    status: 400,
    title: 'The idempotency key is not acceptable',
    help: 'Send 1 to 255 visible ASCII characters without quotes and backslashes, such as a UUID.',
  },
  idempotency_key_in_use: {
    status: 409,
    title: 'The first request with this idempotency key is still running',
    help: 'Send it again after the time in `Retry-After`, with the same key: then it has the answer.',
  },
  idempotency_answer_lost: {
    status: 409,
    title: 'The first request with this idempotency key took effect, but its answer is lost',
    help: 'Nothing was done again. Read what is there now; for a secret that was shown once, make a new one with a new key.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another request',
    help: 'Take a new key for each request; repeat a key only with exactly the same content.',
  },
})
