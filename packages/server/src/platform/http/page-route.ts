import type { AppError, RequestContext } from '../../kernel/index.ts'
import type { ReplyCookie, RouteAssurance, RouteRateLimit } from './define-route.ts'

/**
 * Who may open a page. `user`: somebody who is signed in by a cookie; others are asked to sign in.
 * `optional`: anyone, and the page knows who is signed in. `anyone`: nobody is looked up.
 */
export type PageAuth =
  | { readonly kind: 'anyone' | 'optional' }
  | ({ readonly kind: 'user' } & RouteAssurance)

/** A page for people, or what one of its forms is sent to. Behind `/t/{tenant}`. */
export interface PageRoute {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  readonly auth: PageAuth
  readonly rateLimit: RouteRateLimit & { readonly name: string }
  /** `public` lets caches keep the answer; the default is `no-store`. */
  readonly cacheControl?: string
  handler(visit: PageVisit): Promise<PageReply>
}

/** One request of a browser to one page. */
export interface PageVisit {
  /** With a principal if the page asked for one and somebody is signed in. */
  readonly context: RequestContext
  /** Path and query, as the browser asked. */
  readonly address: string
  readonly query: Readonly<Record<string, string>>
  /** What the form carried; empty for GET. */
  readonly form: Readonly<Record<string, string>>
  /** For the hidden field `csrf` of every form on this page. */
  readonly csrfToken: string
  /** Value of one of the cookies that a reply sets, by its short name. */
  cookie(name: string): string | undefined
}

export interface PageReply {
  readonly status: number
  readonly body?: string
  readonly contentType?: string
  /** With status 303. */
  readonly location?: string
  readonly cookies?: readonly ReplyCookie[]
}

/** What went wrong, as far as the page pipeline had come. */
export interface PageRefusal {
  readonly error: AppError
  readonly requestId: string
  readonly acceptLanguage: string | undefined
  /** undefined: not even the tenant is known. */
  readonly visit: PageVisit | undefined
}

export interface HostedPages {
  readonly routes: readonly PageRoute[]
  /** An error page, or the way to the sign-in. */
  refuse(refusal: PageRefusal): Promise<PageReply>
}
