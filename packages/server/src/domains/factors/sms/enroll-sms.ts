import { newId, Secret, type UserContext } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import type { PhoneNumber } from '../../../platform/sms/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { FactorId } from '../model.ts'
import { deletePending, insertFactor } from '../store.ts'
import type { Reauthentication } from '../use-cases/enroll-otp.ts'
import { withFactorProof } from '../use-cases/with-factor-proof.ts'
import { sealPhoneNumber } from './phone-numbers.ts'
import { recordingSmsRefusals, type SentSmsCode, sendTo } from './send-sms-code.ts'

export interface SmsEnrollment extends SentSmsCode {
  readonly id: FactorId
}

/**
 * Begins to enrol a phone number: sends a code there. The number counts for nothing until that code
 * came back. Who has a number already gets the new one in its place.
 * @throws mfa_disabled, sms_disabled, sms_destination_refused, sms_limit_reached,
 * current_password_wrong, factor_code_wrong, insufficient_user_authentication, overloaded
 */
export async function enrollSms(
  deps: FactorDependencies,
  context: UserContext,
  number: PhoneNumber,
  { currentPassword, response }: Reauthentication,
): Promise<SmsEnrollment> {
  if (context.tenant.policy.mfa === 'off') {
    const details = { reason: 'mfa_disabled' }
    await recordRefusal(deps.database, context, { action: REFUSED, details })
    throw factorErrors.mfa_disabled()
  }
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, REFUSED)
  const proof = { account: user.emailKey, response, refused: REFUSED }
  const { userId } = context.principal
  return recordingSmsRefusals(deps.database, context, userId, () =>
    withFactorProof(deps, context, proof, async (tx, { owner }) => {
      const id = newId('fct')
      await deletePending(tx, owner.id)
      await insertFactor(tx, {
        id,
        kind: 'sms',
        userId: owner.id,
        secretSealed: sealPhoneNumber(deps, context.tenant, id, number),
        createdAt: context.clock.now(),
        confirmedAt: undefined,
      })
      const { locale } = owner
      const sentTo = { factorId: id, number: new Secret(number), locale }
      const target = { userId, boundTo: sha256(id), ...sentTo }
      const sent = await sendTo(deps, tx, context, target)
      await record(tx, context, {
        action: 'factor.enrolled',
        outcome: 'success',
        target: { kind: 'factor', id },
        details: { kind: 'sms' },
      })
      return { id, ...sent }
    }),
  )
}

const REFUSED = 'factor.enrollment_refused'
