export { checkRiskOfChange, checkRiskOfTokens } from './assess-risk.ts'
export { type AttemptBudget, createAttemptBudget } from './attempt-budget.ts'
export { signInAuditEvents } from './audit-events.ts'
export {
  type ClientTokenPort,
  createRequestAuthenticator,
  type RequestAuthenticator,
} from './authenticate-request.ts'
export { boundToStepUp } from './begin-factor-assertion.ts'
export {
  canIssue,
  type GateFacts,
  type IssueClient,
  type IssueDecision,
  type IssueRequest,
  readGateFacts,
} from './can-issue.ts'
export { endPendingSteps } from './end-pending-steps.ts'
export { signInErrors } from './errors.ts'
export type { CaptchaOutcome, PasswordChangeReason, SignInOutcome } from './model.ts'
export {
  CHALLENGE_ATTEMPTS,
  EMAIL_CODE_DIGITS,
  EMAIL_SIGN_IN_LIFETIME,
  PASSWORD_CHANGE_ATTEMPTS,
} from './policy.ts'
export type {
  EmailSignInMessage,
  EmailSignInMessagePort,
  SessionReplacementPort,
} from './ports.ts'
export type { SignInRouteServices } from './route-services.ts'
export { signInRoutes } from './routes.ts'
export { createSignIn, type SignIn } from './sign-in.ts'
export type { StepUpId } from './step-up-store.ts'
