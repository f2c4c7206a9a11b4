import { defineErrors } from '../../kernel/index.ts'

export const identityErrors = defineErrors({
  registration_closed: {
    status: 403,
    title: 'Registration is closed',
    help: 'This tenant takes new users by invitation only; ask one of its administrators.',
  },
  email_invalid: {
    status: 400,
    title: 'Not an e-mail address',
    help: 'Send one plain address such as `ada@example.com`, without name, quotes or spaces.',
  },
  email_taken: {
    status: 409,
    title: 'A user with this address exists',
    help: 'Find the user with `GET /api/admin/users?email=…`.',
  },
  token_invalid: {
    status: 422,
    title: 'The link is not valid any more',
    help: 'It was used, replaced by a newer one, has expired, or is incomplete. Ask for a new one.',
  },
  current_password_wrong: {
    status: 403,
    title: 'The current password is not right',
    help: 'Try again, or reset the password. After several failures it is refused for a while.',
  },
  own_account: {
    status: 409,
    title: 'This is your own account',
    help: 'Administrators cannot suspend or delete themselves; ask another one.',
  },
  user_held_for_screening: {
    status: 409,
    title: 'The user waits for a decision on a screening hit',
    help: 'Decide the open hits of the user: `POST /api/admin/screening-hits/{hit_id}/clear` or `…/confirm`.',
  },
  name_screening_unavailable: {
    status: 503,
    title: 'Names can not be screened at the moment',
    help: 'The tenant wants names compared with a sanctions list, and this node has none: set `COUNTERSIGN_SANCTIONS_FILE`.',
  },
  password_too_short: {
    status: 422,
    title: 'The password is too short',
    help: 'The minimum is in `GET /api/auth/password/policy`.',
  },
  password_too_long: {
    status: 422,
    title: 'The password is too long',
    help: 'At most 256 characters and 1024 bytes.',
  },
  password_needs_letters_and_digits: {
    status: 422,
    title: 'The password needs a letter and a digit',
    help: 'The tenant keeps the rules of PCI DSS: at least one letter and one digit.',
  },
  password_reused: {
    status: 422,
    title: 'The password was used before',
    help: 'Choose one that is not among the last passwords of this account.',
  },
  password_hash_refused: {
    status: 422,
    title: 'The password hash can not be imported',
    help: 'It is malformed, of an unknown kind, or takes too long to verify; `errors` says which.',
  },
  password_unsupported_characters: {
    status: 422,
    title: 'The password has characters that Unicode does not define',
    help: 'Every assigned character is welcome; unpaired surrogates and unassigned ones are not.',
  },
  password_too_common: {
    status: 422,
    title: 'The password is on the list of common passwords, or close to one',
    help: 'Attackers try these first. Choose one that nobody else has.',
  },
  password_too_weak: {
    status: 422,
    title: 'The password is easy to guess',
    help: 'Use several unrelated words; not your name, your address or repetitions.',
  },
  password_breached: {
    status: 422,
    title: 'The password is known from a data breach',
    help: 'Choose another one, and change it wherever else you use it.',
  },
})

/** What a password that somebody chooses may be refused with. */
export const passwordPolicyErrors = [
  identityErrors.password_too_short,
  identityErrors.password_too_long,
  identityErrors.password_needs_letters_and_digits,
  identityErrors.password_unsupported_characters,
  identityErrors.password_too_common,
  identityErrors.password_too_weak,
  identityErrors.password_breached,
] as const
