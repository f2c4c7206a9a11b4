import type { z } from 'zod'
import type {
  AssuranceRequirement,
  ClientContext,
  Duration,
  ErrorFactory,
  Principal,
  RequestContext,
  UserContext,
} from '../../kernel/index.ts'

/**
 * Who may call a route.
 * - `public`: anyone; says why that is safe.
 * - `user`: any signed-in user, for their own things.
 * - `permission`: a signed-in user whose roles contain that permission now, in the database.
 * - `client`: an OAuth client with an access token of its own that has one of these scopes.
 *
 * Those for users may ask how strong and how fresh the authentication must be (RFC 9470).
 */
export type RouteAuth =
  | { readonly kind: 'public'; readonly reason: string }
  | ({ readonly kind: 'user' } & RouteAssurance)
  | ({ readonly kind: 'permission'; readonly permission: string } & RouteAssurance)
  | { readonly kind: 'client'; readonly scopes: readonly string[] }

export interface RouteAssurance extends Pick<AssuranceRequirement, 'acr'> {
  /** `recent`: what the tenant calls recent enough for what protects an account. */
  readonly maxAge?: Duration | 'recent'
  /** The handler asks again who is there; the risk is judged before, as with `recent`. */
  readonly isSensitive?: true
  /** For what settles such a debt, or ends the session: it may owe a stronger authentication. */
  readonly whileOwing?: true
}

/** Which audit events the route writes, or why it writes none. */
export type RouteAudit = { readonly events: readonly string[] } | { readonly none: string }

export interface RouteRateLimit {
  /** Requests allowed in the window, for each key. */
  readonly limit: number
  readonly window: Duration
  /** `source`: peer address. `principal`: signed-in user, or OAuth client. */
  readonly by: 'source' | 'principal'
}

export interface ResponseDefinition {
  readonly description: string
  /** Members that the schema does not declare never leave the server. */
  readonly schema?: z.ZodType
  readonly contentType?: string
}

export interface ReplyCookie {
  /** The HTTP layer makes it `__Host-cs_{tenant}_{name}`. */
  readonly name: string
  /** undefined deletes the cookie. */
  readonly value: string | undefined
  /** undefined keeps it until the browser closes. */
  readonly maxAge?: Duration
}

export interface Reply {
  readonly status: number
  /** Names what `body` shows, as `If-Match` names it later. Sent as a strong `ETag`. */
  readonly entityTag?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly ReplyCookie[]
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined

export interface RouteInput<P, Q, B> {
  readonly params: Parsed<P>
  readonly query: Parsed<Q>
  readonly body: Parsed<B>
  /** What `If-Match` asks for, on routes with `isConditional`; undefined: anything. */
  readonly ifMatch: readonly string[] | undefined
  /** Value of one of the cookies that `Reply.cookies` sets, by its short name. */
  readonly cookie: (name: string) => string | undefined
}

type ContextOf<A extends RouteAuth> = A extends { kind: 'public' }
  ? RequestContext
  : A extends { kind: 'client' }
    ? ClientContext
    : UserContext

export interface RouteDefinition<
  A extends RouteAuth = RouteAuth,
  P extends z.ZodType | undefined = z.ZodType | undefined,
  Q extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
> {
  /** OpenAPI operationId: camelCase verb and noun, unique. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Behind `/t/{tenant}`; parameters as `{name}`. */
  readonly path: `/${string}`
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly auth: A
  readonly audit: RouteAudit
  readonly rateLimit: RouteRateLimit
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  readonly responses: Readonly<Record<number, ResponseDefinition>>
  /** What it may refuse with, beyond what every route of its kind may. */
  readonly errors: readonly ErrorFactory[]
  /** Whether it judges `If-Match`, by the tags of its answers. @see RFC 9110 §13.1.1 */
  readonly isConditional?: true
  /** `public` lets caches keep the answer; the default is `no-store`. */
  readonly cacheControl?: string
  /** True if the path exists for the operators' tenant only. */
  readonly operatorOnly?: boolean
  handler(context: ContextOf<A>, input: RouteInput<P, Q, B>): Promise<Reply>
}

/** A route with its types forgotten, as the registry keeps it. */
export interface Route extends Omit<RouteDefinition, 'handler'> {
  handler(
    context: RequestContext & { readonly principal: Principal | undefined },
    input: RouteInput<undefined, undefined, undefined>,
  ): Promise<Reply>
}

/**
 * The one declaration of an endpoint: validation, authentication, rate limit, OpenAPI, the
 * authorization matrix, audit coverage and the reference are all made from it.
 */
export function defineRoute<
  const A extends RouteAuth,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(definition: RouteDefinition<A, P, Q, B>): Route {
  return definition as unknown as Route
}

/**
 * Whether an `Idempotency-Key` counts: on every unsafe POST of administration, and nowhere else, so
 * that no route can forget it and signing in pays nothing for it.
 */
export function isIdempotent({ method, path, auth }: Pick<Route, 'method' | 'path' | 'auth'>) {
  return method === 'POST' && auth.kind !== 'public' && ADMINISTRATION.test(path)
}

const ADMINISTRATION = /^\/api\/(?:admin|system)\//

/** Changes of what protects an account are judged for risk before they are handled. */
export function isRiskJudged({ auth }: Pick<Route, 'auth'>): boolean {
  if (auth.kind === 'public' || auth.kind === 'client') return false
  return auth.maxAge === 'recent' || auth.isSensitive === true
}
