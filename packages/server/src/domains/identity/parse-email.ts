import { type EmailAddress, parseEmailAddress } from '../../platform/mail/index.ts'
import { identityErrors } from './errors.ts'

/** @throws email_invalid */
export function parseEmail(text: string): EmailAddress {
  const address = parseEmailAddress(text)
  if (address === undefined) throw identityErrors.email_invalid()
  return address
}
