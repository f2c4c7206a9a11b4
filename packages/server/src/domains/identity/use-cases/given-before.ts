import type { SingleUsePurpose } from '../../../platform/db/index.ts'

/**
 * What a change of the password takes back, with the sessions. Attack: whoever had the session for
 * a moment asked for another address, and takes it over after the owner has changed the password.
 * The way back to the present address stays.
 */
export const GIVEN_BEFORE: readonly SingleUsePurpose[] = [
  'password_reset',
  'invitation',
  'email_change',
]
