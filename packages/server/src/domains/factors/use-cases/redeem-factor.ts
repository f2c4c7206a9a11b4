import type { RequestContext, Secret, UserId } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { hashBackupCode } from '../backup-code.ts'
import { claimBackupCode, findBackupKey } from '../backup-code-store.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorResponse, OtpKind, Redemption } from '../model.ts'
import { openBackupKey, openOtpSecret } from '../sealed-secret.ts'
import { claimStep, findOwner, listSecrets } from '../store.ts'
import { findOtpStep } from '../one-time-password.ts'
import { redeemSmsCode } from '../sms/redeem-sms-code.ts'
import { redeemAssertion } from '../webauthn/use-cases/redeem-assertion.ts'
import { sendFactorMessage } from './send-factor-message.ts'

type Redeeming = Pick<FactorDependencies, 'sealer' | 'messages' | 'relyingParty'>

/**
 * Uses the value of a factor up, in the transaction of what it is a proof for. The attempt was
 * counted before: this only judges.
 * @returns undefined if it is wrong, was used, or the user has no such factor (any more)
 * @throws factor_secret_unavailable
 */
export async function redeemFactor(
  deps: Redeeming,
  tx: Tx,
  context: RequestContext,
  { userId, response }: { readonly userId: UserId; readonly response: FactorResponse },
): Promise<Redemption | undefined> {
  switch (response.method) {
    case 'webauthn':
      return redeemAssertion(deps, tx, context, { userId, ...response })
    case 'totp':
    case 'hotp': {
      const { method, code } = response
      const isRight = await redeemOtp(deps, tx, context, { userId, kind: method, code })
      return isRight ? { method, amr: OTP_AMR } : undefined
    }
    case 'sms': {
      const isRight = await redeemSmsCode(deps, tx, context, { userId, ...response })
      return isRight ? { method: 'sms', amr: SMS_AMR } : undefined
    }
    case 'backup_code': {
      const isRight = await redeemBackupCode(deps, tx, context, { userId, code: response.code })
      return isRight ? { method: 'backup_code', amr: OTP_AMR } : undefined
    }
  }
}

interface OneTimeCode {
  readonly userId: UserId
  readonly code: Secret<string>
}

async function redeemOtp(
  deps: Redeeming,
  tx: Tx,
  context: RequestContext,
  { userId, kind, code }: OneTimeCode & { readonly kind: OtpKind },
): Promise<boolean> {
  const now = context.clock.now()
  for (const { id, sealed, lastUsedStep } of await listSecrets(tx, userId, kind)) {
    const secret = openOtpSecret(deps, context.tenant, id, sealed)
    const step = findOtpStep(kind, secret, code, { now, lastUsedStep })
    if (step !== undefined) return claimStep(tx, { id, step, now })
  }
  return false
}

async function redeemBackupCode(
  deps: Redeeming,
  tx: Tx,
  context: RequestContext,
  { userId, code }: OneTimeCode,
): Promise<boolean> {
  const keySealed = await findBackupKey(tx, userId)
  if (keySealed === undefined) return false
  const key = openBackupKey(deps, context.tenant, userId, keySealed)
  const hash = hashBackupCode(key, code)
  if (!(await claimBackupCode(tx, userId, hash, context.clock.now()))) return false
  const owner = await findOwner(tx, userId)
  if (owner === undefined) return false
  await record(tx, context, {
    action: 'backup_code.used',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'user', id: userId },
  })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'backup_code_used' })
  return true
}

/** RFC 8176 §2. It adds no more than the class of two factors: SMS is no match for phishing. */
const SMS_AMR = ['sms'] as const
/** RFC 8176 §2: one-time passwords of all kinds. */
const OTP_AMR = ['otp'] as const
