export {
  answerOnce,
  type AnswerOfOnce,
  type IdempotencyServices,
  type RequestWithKey,
} from './answer-once.ts'
export { canonicalJson } from './canonical-json.ts'
export { idempotencyErrors } from './errors.ts'
export { parseIdempotencyKey } from './parse-idempotency-key.ts'
export { purgeIdempotentRequests } from './purge-idempotent-requests.ts'
export type { KeptAnswer } from './sealed-request.ts'
