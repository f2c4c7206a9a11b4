import type { Mailbox } from '../mail/index.ts'
import { checkSms } from './check-sms.ts'
import type { SmsTransport } from './sms-transport.ts'

/** Of development: messages lie beside the mail, at /dev/mail. */
export function createMailboxSmsTransport(mailbox: Mailbox): SmsTransport {
  return {
    send: async (sms) => {
      checkSms(sms)
      mailbox.keep({ to: sms.to, subject: 'SMS', text: sms.text })
    },
  }
}
