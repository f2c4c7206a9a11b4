import { defineErrors } from '../../../kernel/index.ts'

export const smsErrors = defineErrors({
  sms_disabled: {
    status: 403,
    title: 'The tenant does not use SMS',
    help: 'An operator can name countries with the setting `sms_allowed_countries`, and the server needs a provider.',
  },
  sms_destination_refused: {
    status: 422,
    title: 'The tenant sends no SMS to that country',
    help: 'Use a number of one of the countries in the setting `sms_allowed_countries`, or another kind of factor.',
  },
  sms_limit_reached: {
    status: 429,
    title: 'Too many SMS were sent',
    help: 'Wait as long as `Retry-After` says, or use another factor. Limits hold for a number, a user, a country and a tenant.',
  },
})
