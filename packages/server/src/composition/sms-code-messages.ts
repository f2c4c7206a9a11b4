import type { SmsCodePort } from '../domains/factors/index.ts'
import { parsePhoneNumber } from '../platform/sms/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { fill } from '../pages/language/texts.ts'
import { displayNameOf, languageFor } from './compose-mail.ts'

/** Turns codes into SMS, queued in the transaction that makes them. */
export function createSmsCodeMessages(outbox: Pick<Outbox, 'enqueueSms'>): SmsCodePort {
  return {
    send: async (tx, context, { to: number, code, expiresAt, locale }) => {
      const to = parsePhoneNumber(number)
      if (to === undefined) throw new Error('a stored number is not a number')
      const name = Array.from(displayNameOf(context)).slice(0, NAME_CHARACTERS).join('')
      const { smsCode } = languageFor(context, locale).texts.mail
      const { host } = new URL(context.tenant.issuer)
      // The last line lets browsers fill the code in on this site only.
      // @see WICG sms-one-time-codes §3
      const lines = [
        fill(smsCode, { code: code.reveal(), tenant: name }),
        '',
        `@${host} #${code.reveal()}`,
      ]
      await outbox.enqueueSms(tx, context, { to, text: lines.join('\n') }, expiresAt)
    },
  }
}

/** A message of a phone has 160 characters. */
const NAME_CHARACTERS = 40
