export { factorAuditEvents } from './audit-events.ts'
export type { FactorDependencies } from './dependencies.ts'
export { factorErrors } from './errors.ts'
export {
  createFactors,
  type FactorConfirmation,
  type FactorOverview,
  type Factors,
} from './factors.ts'
export {
  type ClientMfaRules,
  findMissingFactor,
  findUnmetRule,
  isPhishingResistant,
  mfaPolicyFor,
  type MfaRules,
  mfaRulesFor,
  TRUSTED_DEVICE_AMR,
} from './mfa-policy.ts'
export { FRESH_FACTOR } from './policy.ts'
export {
  type CodeMethod,
  type Confirmation,
  type Factor,
  type FactorId,
  type FactorKind,
  type FactorMethod,
  type FactorResponse,
  type FactorState,
  kindsByUse,
  methodsOf,
  type OtpKind,
  type StoredKind,
  type Redemption,
  type OtpEnrollment,
} from './model.ts'
export type {
  FactorGuessPort,
  FactorMessage,
  FactorMessagePort,
  GuessReservation,
  SmsCodeMessage,
  SmsCodePort,
} from './ports.ts'
export { type FactorRouteServices, factorRoutes } from './routes.ts'
export {
  codeMethodSchema,
  confirmOtpSchema,
  enrollmentSchema,
  factorCodeSchema,
  factorMethodSchema,
  isWellFormedCode,
  MALFORMED_CODE,
  presentBackupCodes,
  presentEnrollment,
} from './schema.ts'
export { makeNumericCode } from './numeric-code.ts'
export type { FactorOwner } from './store.ts'
export { fromBase32 } from './one-time-password.ts'
export { judgeGuess } from './use-cases/judge-guess.ts'
export * from './sms/index.ts'
export * from './webauthn/index.ts'
