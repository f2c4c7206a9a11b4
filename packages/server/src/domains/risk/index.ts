export { riskAuditEvents } from './audit-events.ts'
export { createHttpRiskProvider, type HttpRiskProviderOptions } from './http-provider.ts'
export type {
  RiskAssessment,
  RiskEvent,
  RiskLevel,
  RiskQuestion,
  RiskSignal,
} from './model.ts'
export type { RiskPort } from './ports.ts'
export {
  createSignInHabits,
  type JudgedSignIn,
  type ReadHabits,
  type SignInHabits,
} from './habits/sign-in-habits.ts'
export { createRisk, type Risk } from './risk.ts'
