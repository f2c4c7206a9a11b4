import type { Secret, TenantPolicy } from '../../../kernel/index.ts'

/** Where messages are counted together. */
export interface SmsCountry {
  /** Of the numbers: a calling code, or what the tenant named. */
  readonly beginning: string
  /** Messages in 24 hours. */
  readonly dailyLimit: number
}

/**
 * What the tenant named by the longest beginning of the number; else the calling code. Countries that
 * share a code (`+1`) share its limit until a tenant names more of the number.
 */
export function smsCountryOf(
  {
    smsCountryDailyLimit,
    smsCountryDailyLimits,
  }: Pick<TenantPolicy, 'smsCountryDailyLimit' | 'smsCountryDailyLimits'>,
  number: Secret<string>,
): SmsCountry {
  const [named] = Object.entries(smsCountryDailyLimits)
    .filter(([beginning]) => number.reveal().startsWith(beginning))
    .toSorted(([a], [b]) => b.length - a.length)
  if (named !== undefined) return { beginning: named[0], dailyLimit: named[1] }
  return { beginning: callingCodeOf(number.reveal()), dailyLimit: smsCountryDailyLimit }
}

/** ITU-T E.164.D: no code is the beginning of another one, so that length tells them apart. */
function callingCodeOf(number: string): string {
  if (ONE_DIGIT.has(number.slice(1, 2))) return number.slice(0, 2)
  return TWO_DIGITS.has(number.slice(1, 3)) ? number.slice(0, 3) : number.slice(0, 4)
}

const ONE_DIGIT: ReadonlySet<string> = new Set(['1', '7'])
/** Every other code has three digits, also those that are not assigned yet. */
const TWO_DIGITS: ReadonlySet<string> = new Set(
  (
    '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 ' +
    '60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'
  ).split(' '),
)
