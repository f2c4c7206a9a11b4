import type { UserContext } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { Confirmation } from '../model.ts'
import { confirmWithStep, type FactorOwner, findPending, lockOwner } from '../store.ts'
import {
  completeConfirmation,
  findAccount,
  oldestPending,
  type OtpConfirmation,
} from '../use-cases/confirm-otp.ts'
import { judgeGuess } from '../use-cases/judge-guess.ts'
import { refuseCode } from '../use-cases/refuse-code.ts'
import { sendFactorMessage } from '../use-cases/send-factor-message.ts'
import { matchSmsCode } from './redeem-sms-code.ts'
import { deleteOtherPhones } from './sms-code-store.ts'

type SmsConfirmation = Omit<OtpConfirmation, 'kind'>

/**
 * Proves that the code arrived. From now on the number counts, and it is the only one.
 * @throws factor_not_found, factor_code_wrong, factor_secret_unavailable
 */
export async function confirmSms(
  deps: FactorDependencies,
  context: UserContext,
  confirmation: SmsConfirmation,
): Promise<Confirmation> {
  const account = await findAccount(deps, context, { id: confirmation.id, kind: 'sms' })
  const judged = await judgeGuess(deps.guesses, context, { account }, () =>
    deps.database.withTenant(context.tenant.id, async (tx) => {
      const owner = await lockOwner(tx, context.principal.userId)
      if (owner === undefined) throw accessErrors.user_not_found()
      return confirm(deps, tx, context, { owner, ...confirmation })
    }),
  )
  if (judged.kind === 'refused') {
    throw await refuseCode(deps, context, 'factor.confirmation_refused', judged.reason)
  }
  return judged.result
}

async function confirm(
  deps: FactorDependencies,
  tx: Tx,
  context: UserContext,
  { owner, id, code }: SmsConfirmation & { readonly owner: FactorOwner },
): Promise<Confirmation | undefined> {
  const now = context.clock.now()
  const createdAfter = oldestPending(now)
  const pending = await findPending(tx, { userId: owner.id, id, kind: 'sms', createdAfter })
  if (pending === undefined) throw factorErrors.factor_not_found()
  const answer = { userId: owner.id, code, boundTo: sha256(id) }
  if ((await matchSmsCode(deps, tx, context, answer)) !== id) return undefined
  if (!(await confirmWithStep(tx, { id, step: 0, now }))) throw factorErrors.factor_not_found()
  if ((await deleteOtherPhones(tx, owner.id, id)) > 0) {
    const { sessionId } = context.principal
    const { credentialChanged } = deps.credentialChange
    await credentialChanged(tx, context, owner.id, 'factor_removed', sessionId)
    await record(tx, context, {
      action: 'factor.removed',
      outcome: 'success',
      target: { kind: 'user', id: owner.id },
      details: { kind: 'sms', replaced: true },
    })
    await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_removed' })
  }
  return completeConfirmation(deps, tx, context, { owner, id, kind: 'sms' })
}
