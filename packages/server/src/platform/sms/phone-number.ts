declare const phoneNumber: unique symbol

/** A number in international form, made by `parsePhoneNumber` only. */
export type PhoneNumber = string & { readonly [phoneNumber]: true }

/**
 * `+`, a country code and the number behind it: 8 to 15 ASCII digits, without spaces or signs.
 * @returns undefined unless `text` is exactly that
 * @see ITU-T E.164 §6
 */
export function parsePhoneNumber(text: string): PhoneNumber | undefined {
  return /^\+[1-9][0-9]{7,14}$/.test(text) ? (text as PhoneNumber) : undefined
}
