import {
  constantTimeEqual,
  type RequestContext,
  type Secret,
  type UserId,
} from '../../../kernel/index.ts'
import { hmacSha256 } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorId } from '../model.ts'
import { opening } from '../sealed-secret.ts'
import { codeKeyPurpose } from './send-sms-code.ts'
import { consumeSmsCode, markPhoneUsed, takeSmsAttempt } from './sms-code-store.ts'

export interface SmsAnswer {
  readonly userId: UserId
  readonly code: Secret<string>
  readonly boundTo: Buffer
}

/**
 * Uses the code up that was sent for this step, to a number that is confirmed.
 * @throws factor_secret_unavailable
 */
export async function redeemSmsCode(
  deps: Pick<FactorDependencies, 'sealer'>,
  tx: Tx,
  context: RequestContext,
  answer: SmsAnswer,
): Promise<boolean> {
  // A tenant that has switched SMS off accepts none of before.
  if (context.tenant.policy.smsCountries.length === 0) return false
  const factorId = await matchSmsCode(deps, tx, context, answer)
  if (factorId === undefined) return false
  return markPhoneUsed(tx, answer.userId, factorId, context.clock.now())
}

/** @returns the factor whose number got the code, which is used up; undefined if it is wrong */
export async function matchSmsCode(
  { sealer }: Pick<FactorDependencies, 'sealer'>,
  tx: Tx,
  context: RequestContext,
  { userId, code, boundTo }: SmsAnswer,
): Promise<FactorId | undefined> {
  const key = { boundTo, userId, now: context.clock.now() }
  const taken = await takeSmsAttempt(tx, key)
  if (taken === undefined) return undefined
  const { factorId, keySealed } = taken
  const macKey = opening(() => sealer.unseal(keySealed, codeKeyPurpose(context, factorId)))
  if (!constantTimeEqual(hmacSha256(macKey, code.reveal()), taken.codeHash)) return undefined
  return (await consumeSmsCode(tx, key)) ? factorId : undefined
}
