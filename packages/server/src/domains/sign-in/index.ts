export { type AttemptBudget, createAttemptBudget } from './attempt-budget.ts'
export { signInAuditEvents } from './audit-events.ts'
export {
  type AuthenticatedPrincipal,
  createRequestAuthenticator,
  type RequestAuthenticator,
} from './authenticate-request.ts'
export { signInErrors } from './errors.ts'
export type { SignInRouteServices } from './route-services.ts'
export { signInRoutes } from './routes.ts'
export { createSignIn, type SignIn } from './sign-in.ts'
