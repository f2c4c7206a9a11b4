import { randomBytes } from 'node:crypto'
import {
  addDuration,
  AppError,
  type RequestContext,
  Secret,
  toSeconds,
  type UserId,
} from '../../../kernel/index.ts'
import { hmacSha256 } from '../../../platform/crypto/index.ts'
import type { Database, Tx } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorId } from '../model.ts'
import { makeNumericCode } from '../numeric-code.ts'
import { smsErrors } from './errors.ts'
import { isNumberAllowed, maskPhoneNumber, openPhoneNumber } from './phone-numbers.ts'
import { SMS_CODE_ATTEMPTS, SMS_CODE_DIGITS, SMS_CODE_LIFETIME } from './policy.ts'
import { findPhone, putSmsCode } from './sms-code-store.ts'
import { countSms } from './sms-counters.ts'

export interface SentSmsCode {
  /** All but a few digits hidden. */
  readonly sentTo: string
  /** Seconds. */
  readonly expiresIn: number
}

export interface SmsCodeRequest {
  readonly userId: UserId
  /** SHA-256 of the step that the code counts in. */
  readonly boundTo: Buffer
}

type Sending = Pick<FactorDependencies, 'sealer' | 'sms'>

/**
 * Sends a code to the confirmed number of the user, whom the caller has locked.
 * @returns undefined if the user has none
 * @throws sms_disabled, sms_destination_refused, sms_limit_reached, factor_secret_unavailable
 */
export async function sendSmsCodeWithin(
  deps: Sending,
  tx: Tx,
  context: RequestContext,
  request: SmsCodeRequest,
): Promise<SentSmsCode | undefined> {
  const phone = await findPhone(tx, request.userId)
  if (phone === undefined) return undefined
  const number = openPhoneNumber(deps, context.tenant, phone.id, phone.sealed)
  const { id: factorId, locale } = phone
  return sendTo(deps, tx, context, { ...request, factorId, number, locale })
}

interface SmsTarget {
  readonly factorId: FactorId
  readonly number: Secret<string>
  /** Of the user, BCP 47. */
  readonly locale: string | undefined
}

/** To a number that may not be confirmed yet; else as above. */
export async function sendTo(
  { sealer, sms }: Sending,
  tx: Tx,
  context: RequestContext,
  target: SmsCodeRequest & SmsTarget,
): Promise<SentSmsCode> {
  const { userId, boundTo, factorId, number, locale } = target
  const { policy } = context.tenant
  if (sms === undefined || policy.smsCountries.length === 0) throw smsErrors.sms_disabled()
  if (!isNumberAllowed(policy, number)) throw smsErrors.sms_destination_refused()
  await countSms(tx, context, { number, userId })
  const code = new Secret(makeNumericCode(SMS_CODE_DIGITS))
  const key = randomBytes(KEY_BYTES)
  const createdAt = context.clock.now()
  const expiresAt = addDuration(createdAt, SMS_CODE_LIFETIME)
  await putSmsCode(tx, {
    boundTo,
    userId,
    factorId,
    codeHash: hmacSha256(key, code.reveal()),
    keySealed: sealer.seal(key, codeKeyPurpose(context, factorId)),
    attempts: SMS_CODE_ATTEMPTS,
    createdAt,
    expiresAt,
  })
  await sms.send(tx, context, { to: number.reveal(), code, expiresAt, locale })
  await record(tx, context, {
    action: 'sms.code_sent',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'factor', id: factorId },
  })
  return { sentTo: maskPhoneNumber(number), expiresIn: toSeconds(SMS_CODE_LIFETIME) }
}

/** A code can't be opened for another number than the one it was sent to. */
export function codeKeyPurpose({ tenant }: RequestContext, factorId: FactorId) {
  return { purpose: 'sms_code', tenant: tenant.id, subject: factorId }
}

/** Notes why nothing was sent: what was refused has undone its own transaction. */
export async function recordingSmsRefusals<T>(
  database: Database,
  context: RequestContext,
  userId: UserId,
  work: () => Promise<T>,
): Promise<T> {
  return work().catch(async (error: unknown) => {
    if (error instanceof AppError && REFUSALS.has(error.code)) {
      await recordRefusal(database, context, {
        action: 'sms.code_refused',
        target: { kind: 'user', id: userId },
        details: { reason: error.options.internal ?? error.code },
      })
    }
    throw error
  })
}

const KEY_BYTES = 32
const REFUSALS: ReadonlySet<string> = new Set(Object.keys(smsErrors))
