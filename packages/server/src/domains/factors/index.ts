export { factorAuditEvents } from './audit-events.ts'
export type { FactorDependencies } from './dependencies.ts'
export { factorErrors } from './errors.ts'
export { FRESH_FACTOR } from './policy.ts'
export { createFactors, type FactorOverview, type Factors } from './factors.ts'
export {
  type CodeMethod,
  type Confirmation,
  type Factor,
  type FactorId,
  type FactorKind,
  type FactorMethod,
  type FactorResponse,
  type FactorState,
  findMissingFactor,
  methodsOf,
  type Redemption,
  type TotpEnrollment,
} from './model.ts'
export type {
  FactorGuessPort,
  FactorMessage,
  FactorMessagePort,
  GuessReservation,
} from './ports.ts'
export { type FactorRouteServices, factorRoutes } from './routes.ts'
export {
  codeMethodSchema,
  confirmTotpSchema,
  enrollmentSchema,
  factorCodeSchema,
  factorMethodSchema,
  isWellFormedCode,
  MALFORMED_CODE,
  presentBackupCodes,
  presentEnrollment,
} from './schema.ts'
export type { FactorOwner } from './store.ts'
export { fromBase32 } from './totp.ts'
export type { TotpConfirmation } from './use-cases/confirm-totp.ts'
export { judgeGuess } from './use-cases/judge-guess.ts'
export * from './webauthn/index.ts'
