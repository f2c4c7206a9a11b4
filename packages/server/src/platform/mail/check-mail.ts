import { type EmailAddress, parseEmailAddress } from './email-address.ts'
import type { OutgoingMail } from './mail-transport.ts'

/**
 * Attack: a line break or a comma in a header field adds recipients or headers. Types do not hold
 * at run time, so every transport checks again what it is given.
 * @throws TypeError
 */
export function checkMail(mail: OutgoingMail): void {
  if (parseEmailAddress(mail.to) !== mail.to) throw new TypeError('recipient is not one address')
  if (!isHeaderText(mail.subject, MAX_SUBJECT_CHARACTERS)) {
    throw new TypeError('subject is not one line of text')
  }
}

export interface MailSender {
  /** Empty when only an address was given. */
  readonly name: string
  readonly address: EmailAddress
}

/** Parses `address` or `Name <address>`; the name has no quotes, angles, commas or controls. */
export function parseMailSender(text: string): MailSender | undefined {
  const match = /^(?:([^<>",;:\\@()[\]]{1,100}) )?<([^<>]+)>$/.exec(text)
  const name = match?.[1] ?? ''
  const address = parseEmailAddress(match?.[2] ?? text)
  if (address === undefined || (name !== '' && !isHeaderText(name, 100))) return undefined
  return { name, address }
}

export function isMailSender(text: string): boolean {
  return parseMailSender(text) !== undefined
}

function isHeaderText(text: string, maxCharacters: number): boolean {
  return text.trim() !== '' && text.length <= maxCharacters && !/[\p{Cc}\u2028\u2029]/u.test(text)
}

const MAX_SUBJECT_CHARACTERS = 200
