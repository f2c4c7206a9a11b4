export { type AttemptBudget, createAttemptBudget } from './attempt-budget.ts'
export { signInAuditEvents } from './audit-events.ts'
export {
  type ClientTokenPort,
  createRequestAuthenticator,
  type RequestAuthenticator,
} from './authenticate-request.ts'
export { canIssue, type IssueDecision, type IssueRequest } from './can-issue.ts'
export { signInErrors } from './errors.ts'
export type { SignInRouteServices } from './route-services.ts'
export { signInRoutes } from './routes.ts'
export { createSignIn, type SignIn } from './sign-in.ts'
