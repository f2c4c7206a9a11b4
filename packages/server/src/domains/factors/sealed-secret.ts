import { Secret, type TenantRef, type UserId } from '../../kernel/index.ts'
import { UnsealError } from '../../platform/crypto/index.ts'
import type { FactorDependencies } from './dependencies.ts'
import { factorErrors } from './errors.ts'
import type { FactorId } from './model.ts'

type WithSealer = Pick<FactorDependencies, 'sealer'>

export function sealOtpSecret(
  { sealer }: WithSealer,
  tenant: TenantRef,
  id: FactorId,
  secret: Secret<Uint8Array>,
): Buffer {
  return sealer.seal(secret.reveal(), { purpose: 'totp', tenant: tenant.id, subject: id })
}

/** @throws factor_secret_unavailable */
export function openOtpSecret(
  { sealer }: WithSealer,
  tenant: TenantRef,
  id: FactorId,
  sealed: Uint8Array,
): Secret<Uint8Array> {
  const purpose = { purpose: 'totp', tenant: tenant.id, subject: id }
  return new Secret<Uint8Array>(opening(() => sealer.unseal(sealed, purpose)))
}

export function sealBackupKey(
  { sealer }: WithSealer,
  tenant: TenantRef,
  userId: UserId,
  key: Uint8Array,
): Buffer {
  return sealer.seal(key, { purpose: 'backup_codes', tenant: tenant.id, subject: userId })
}

/** @throws factor_secret_unavailable */
export function openBackupKey(
  { sealer }: WithSealer,
  tenant: TenantRef,
  userId: UserId,
  sealed: Uint8Array,
): Buffer {
  const purpose = { purpose: 'backup_codes', tenant: tenant.id, subject: userId }
  return opening(() => sealer.unseal(sealed, purpose))
}

/** A secret that does not open says nothing about the code: 503, never a wrong guess. */
export function opening(open: () => Buffer): Buffer {
  try {
    return open()
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error
    throw factorErrors.factor_secret_unavailable({ cause: error })
  }
}
