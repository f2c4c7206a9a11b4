import { parsePhoneNumber } from './phone-number.ts'
import type { OutgoingSms } from './sms-transport.ts'

/**
 * Types do not hold at run time, so it is checked again what goes to a provider.
 * @throws TypeError
 */
export function checkSms({ to, text }: OutgoingSms): void {
  if (parsePhoneNumber(to) === undefined) throw new TypeError('recipient is not one number')
  if (text.trim() === '' || text.length > MAX_CHARACTERS) {
    throw new TypeError('text is empty or too long')
  }
}

const MAX_CHARACTERS = 480
