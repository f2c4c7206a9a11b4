import { defineErrors } from '../../kernel/index.ts'

export const factorErrors = defineErrors({
  factor_not_found: {
    status: 404,
    title: 'Factor not found',
    help: 'Use an id from `GET /api/auth/mfa`. An enrolment ends after an hour or with the next one.',
  },
  factor_code_wrong: {
    status: 403,
    title: 'The code is not right',
    help: 'Send the code that is shown now; each works once. Check the clock of the device. After several failures codes are refused for a while.',
  },
  factor_limit_reached: {
    status: 409,
    title: 'There are enough factors of this kind',
    help: 'Remove one that you do not use any more.',
  },
  factor_required: {
    status: 409,
    title: 'Your last factor is required',
    help: 'The tenant demands a second factor of you. Enrol another one before you remove this one.',
  },
  factor_missing: {
    status: 409,
    title: 'There is no factor that backup codes could stand in for',
    help: 'Enrol a factor first; the first one comes with backup codes.',
  },
  mfa_disabled: {
    status: 403,
    title: 'The tenant does not use second factors',
    help: 'An operator can allow them with the setting `mfa_policy`.',
  },
  factor_secret_unavailable: {
    status: 503,
    title: 'The secret of the factor can not be opened',
    help: 'It was sealed under another master key: restore that as a previous master key.',
  },
})
