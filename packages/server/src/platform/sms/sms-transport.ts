import type { PhoneNumber } from './phone-number.ts'

export interface OutgoingSms {
  readonly to: PhoneNumber
  /** At most 480 characters: three messages of a phone at most. */
  readonly text: string
}

/** The port through which all SMS leave. */
export interface SmsTransport {
  /**
   * Resolves when the provider has accepted the message.
   * @throws SmsSendError
   * @throws TypeError when the message is malformed
   */
  send(sms: OutgoingSms): Promise<void>
}

/** The message was not accepted. The error names no number. */
export class SmsSendError extends Error {
  /** The provider refused for good: trying again is useless. */
  readonly permanent: boolean

  constructor(permanent: boolean, cause: unknown) {
    super(permanent ? 'SMS refused by the provider' : 'SMS not accepted for now', { cause })
    this.name = 'SmsSendError'
    this.permanent = permanent
  }
}
