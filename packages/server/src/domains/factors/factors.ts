import {
  newId,
  type RequestContext,
  type Secret,
  type UserContext,
  type UserId,
} from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import type { PhoneNumber } from '../../platform/sms/index.ts'
import { record } from '../audit/index.ts'
import type { FactorDependencies } from './dependencies.ts'
import type {
  Confirmation,
  Factor,
  FactorId,
  FactorResponse,
  FactorState,
  Redemption,
  OtpEnrollment,
} from './model.ts'
import { sealOtpSecret } from './sealed-secret.ts'
import {
  type FactorOwner,
  insertFactor,
  listConfirmed,
  lockOwner,
  purgePending,
  readFactorState,
} from './store.ts'
import {
  confirmOtp,
  confirmOtpWithin,
  oldestPending,
  type OtpConfirmation,
} from './use-cases/confirm-otp.ts'
import { enrollOtp, enrollOtpWithin, type Reauthentication } from './use-cases/enroll-otp.ts'
import { renewBackupCodes } from './use-cases/make-backup-codes.ts'
import { redeemFactor } from './use-cases/redeem-factor.ts'
import { removeFactor } from './use-cases/remove-factor.ts'
import { confirmSms } from './sms/confirm-sms.ts'
import { enrollSms, type SmsEnrollment } from './sms/enroll-sms.ts'
import { maskPhoneNumber, openPhoneNumber } from './sms/phone-numbers.ts'
import { type SentSmsCode, sendSmsCodeWithin, type SmsCodeRequest } from './sms/send-sms-code.ts'
import { purgeSmsCodes } from './sms/sms-code-store.ts'
import { purgeSmsCounters } from './sms/sms-counters.ts'
import { purgeWebAuthnChallenges } from './webauthn/challenge-store.ts'
import { createWebAuthn, type WebAuthn } from './webauthn/webauthn.ts'

export interface FactorOverview {
  readonly factors: readonly Factor[]
  readonly backupCodesLeft: number
}

/** A code that proves that a factor is at hand. */
export type FactorConfirmation = Omit<OtpConfirmation, 'kind'>

/** Second factors of users. What each may throw stands at its use case. */
export interface Factors {
  list(context: UserContext): Promise<FactorOverview>
  enrollTotp(context: UserContext, proof: Reauthentication): Promise<OtpEnrollment>
  confirmTotp(context: UserContext, confirmation: FactorConfirmation): Promise<Confirmation>
  enrollHotp(context: UserContext, proof: Reauthentication): Promise<OtpEnrollment>
  confirmHotp(context: UserContext, confirmation: FactorConfirmation): Promise<Confirmation>
  enrollSms(
    context: UserContext,
    number: PhoneNumber,
    proof: Reauthentication,
  ): Promise<SmsEnrollment>
  confirmSms(context: UserContext, confirmation: FactorConfirmation): Promise<Confirmation>
  renewBackupCodes(
    context: UserContext,
    currentPassword: Secret<string>,
  ): Promise<readonly Secret<string>[]>
  remove(context: UserContext, id: FactorId, proof: Reauthentication): Promise<void>

  readonly webauthn: WebAuthn

  /** For sign-in, inside its transactions. */
  readonly within: {
    /** Locks the user's row until the end; take it before any other lock. */
    lockOwner(tx: Tx, userId: UserId): Promise<FactorOwner | undefined>
    readState(tx: Tx, userId: UserId): Promise<FactorState>
    redeem(
      tx: Tx,
      context: RequestContext,
      proof: { readonly userId: UserId; readonly response: FactorResponse },
    ): Promise<Redemption | undefined>
    /** @returns undefined if the user has no number */
    sendSmsCode(
      tx: Tx,
      context: RequestContext,
      request: SmsCodeRequest,
    ): Promise<SentSmsCode | undefined>
    enrollTotp(tx: Tx, context: RequestContext, owner: FactorOwner): Promise<OtpEnrollment>
    confirmTotp(
      tx: Tx,
      context: RequestContext,
      confirmation: FactorConfirmation & { readonly owner: FactorOwner },
    ): Promise<Confirmation | undefined>
  }

  /**
   * A factor whose secret is known from elsewhere (seed, import). No request can ask for it.
   */
  importTotp(context: RequestContext, userId: UserId, secret: Secret<Uint8Array>): Promise<void>
  /** Forgets enrolments that nobody confirmed, and challenges that nobody answered. */
  purge(context: RequestContext): Promise<void>
}

export function createFactors(deps: FactorDependencies): Factors {
  const { database } = deps
  return {
    list: (context) =>
      database.withTenant(context.tenant.id, async (tx) => {
        const { userId } = context.principal
        const { backupCodesLeft } = await readFactorState(tx, userId)
        const confirmed = await listConfirmed(tx, userId)
        return { factors: confirmed.map((row) => toFactor(deps, context, row)), backupCodesLeft }
      }),
    enrollTotp: (context, proof) => enrollOtp(deps, context, 'totp', proof),
    confirmTotp: (context, confirmation) =>
      confirmOtp(deps, context, { kind: 'totp', ...confirmation }),
    enrollHotp: (context, proof) => enrollOtp(deps, context, 'hotp', proof),
    confirmHotp: (context, confirmation) =>
      confirmOtp(deps, context, { kind: 'hotp', ...confirmation }),
    enrollSms: (context, number, proof) => enrollSms(deps, context, number, proof),
    confirmSms: (context, confirmation) => confirmSms(deps, context, confirmation),
    renewBackupCodes: (context, password) => renewBackupCodes(deps, context, password),
    remove: (context, id, proof) => removeFactor(deps, context, id, proof),
    webauthn: createWebAuthn(deps),
    within: {
      lockOwner,
      readState: readFactorState,
      redeem: (tx, context, proof) => redeemFactor(deps, tx, context, proof),
      sendSmsCode: (tx, context, request) => sendSmsCodeWithin(deps, tx, context, request),
      enrollTotp: (tx, context, owner) =>
        enrollOtpWithin(deps, tx, context, { owner, kind: 'totp' }),
      confirmTotp: (tx, context, confirmation) =>
        confirmOtpWithin(deps, tx, context, { kind: 'totp', ...confirmation }),
    },
    importTotp: (context, userId, secret) => importTotp(deps, context, userId, secret),
    purge: async (context) => {
      const now = context.clock.now()
      const statements = [
        purgePending(oldestPending(now)),
        purgeWebAuthnChallenges(now),
        purgeSmsCodes(now),
        purgeSmsCounters(now),
      ]
      await database.tenantBatch(context.tenant.id, statements)
    },
  }
}

/** A number is shown in part, so that its owner recognises it. */
function toFactor(
  deps: FactorDependencies,
  { tenant }: UserContext,
  { sealed, ...factor }: Factor & { readonly sealed: Buffer },
): Factor {
  if (factor.kind !== 'sms') return factor
  return {
    ...factor,
    maskedNumber: maskPhoneNumber(openPhoneNumber(deps, tenant, factor.id, sealed)),
  }
}

async function importTotp(
  deps: FactorDependencies,
  context: RequestContext,
  userId: UserId,
  secret: Secret<Uint8Array>,
): Promise<void> {
  const id = newId('fct')
  const now = context.clock.now()
  await deps.database.withTenant(context.tenant.id, async (tx) => {
    await insertFactor(tx, {
      id,
      kind: 'totp',
      userId,
      secretSealed: sealOtpSecret(deps, context.tenant, id, secret),
      createdAt: now,
      confirmedAt: now,
    })
    await record(tx, context, {
      action: 'factor.confirmed',
      outcome: 'success',
      target: { kind: 'factor', id },
      details: { kind: 'totp', imported: true },
    })
  })
}
