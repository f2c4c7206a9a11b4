import { Secret, type TenantPolicy, type TenantRef } from '../../../kernel/index.ts'
import type { PhoneNumber } from '../../../platform/sms/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorId } from '../model.ts'
import { opening } from '../sealed-secret.ts'

type WithSealer = Pick<FactorDependencies, 'sealer'>

export function sealPhoneNumber(
  { sealer }: WithSealer,
  tenant: TenantRef,
  id: FactorId,
  number: PhoneNumber,
): Buffer {
  return sealer.seal(number, { purpose: 'phone_number', tenant: tenant.id, subject: id })
}

/** @throws factor_secret_unavailable */
export function openPhoneNumber(
  { sealer }: WithSealer,
  tenant: TenantRef,
  id: FactorId,
  sealed: Uint8Array,
): Secret<string> {
  const purpose = { purpose: 'phone_number', tenant: tenant.id, subject: id }
  return new Secret(opening(() => sealer.unseal(sealed, purpose)).toString())
}

/** A tenant that names no country uses no SMS. */
export function isNumberAllowed({ smsCountries }: TenantPolicy, number: Secret<string>): boolean {
  return smsCountries.some((beginning) => number.reveal().startsWith(beginning))
}

/** Enough to recognise the own number, such as `+49•••••••12`. */
export function maskPhoneNumber(number: Secret<string>): string {
  const text = number.reveal()
  return `${text.slice(0, 3)}${'•'.repeat(text.length - 5)}${text.slice(-2)}`
}
