import type { RequestContext, Secret } from '../../kernel/index.ts'
import type { AttemptBudget } from './attempt-budget.ts'
import type { SignInInput, SignInOutcome } from './model.ts'
import {
  type RefreshedTokens,
  type RefreshServices,
  refreshByCookie,
  refreshSession,
} from './refresh-session.ts'
import { type SignInServices, signInWithPassword } from './sign-in-with-password.ts'

/** Joins passwords, sessions and tokens, so that these need not know each other. */
export interface SignIn {
  /** @throws invalid_credentials, overloaded, database_unavailable */
  withPassword(context: RequestContext, input: SignInInput): Promise<SignInOutcome>
  /** @throws invalid_refresh_token */
  refresh(context: RequestContext, refreshToken: Secret<string>): Promise<RefreshedTokens>
  /** @throws invalid_refresh_token */
  refreshByCookie(context: RequestContext, cookie: string | undefined): Promise<RefreshedTokens>
}

export type SignInDependencies = SignInServices & RefreshServices & { attempts: AttemptBudget }

export function createSignIn(services: SignInDependencies): SignIn {
  return {
    withPassword: (context, input) => signInWithPassword(services, context, input),
    refresh: (context, token) => refreshSession(services, context, token),
    refreshByCookie: (context, cookie) => refreshByCookie(services, context, cookie),
  }
}
