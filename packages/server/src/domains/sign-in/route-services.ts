import type { SignIn } from './sign-in.ts'

/** What the routes of this domain are given. */
export interface SignInRouteServices {
  readonly signIn: SignIn
  readonly csrfTokenOf: (cookie: string) => string
}
