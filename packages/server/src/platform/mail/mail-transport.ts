import type { EmailAddress } from './email-address.ts'

export interface OutgoingMail {
  readonly to: EmailAddress
  /** One line, at most 200 characters. */
  readonly subject: string
  readonly text: string
  readonly html?: string
}

/** The port through which all mail leaves. */
export interface MailTransport {
  /**
   * Resolves when the next server has accepted the mail.
   * @throws MailSendError
   * @throws TypeError when the mail is malformed: an address or a subject that could add headers
   */
  send(mail: OutgoingMail): Promise<void>
}

/** The mail was not accepted. The message names no address. */
export class MailSendError extends Error {
  /** The server refused for good (RFC 5321 §4.2.1, 5yz): trying again is useless. */
  readonly permanent: boolean

  constructor(permanent: boolean, cause: unknown) {
    super(permanent ? 'mail refused by the server' : 'mail not accepted for now', { cause })
    this.name = 'MailSendError'
    this.permanent = permanent
  }
}
