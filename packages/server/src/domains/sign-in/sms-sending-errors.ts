import { factorErrors, smsErrors } from '../factors/index.ts'

/** Of every route that sends a code. */
export const smsSendingErrors = [
  smsErrors.sms_disabled,
  smsErrors.sms_destination_refused,
  smsErrors.sms_limit_reached,
  factorErrors.factor_secret_unavailable,
]
