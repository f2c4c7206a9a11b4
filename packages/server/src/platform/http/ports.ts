import type {
  AuthenticatedClient,
  Clock,
  PresentedDevice,
  Principal,
  RequestContext,
  TenantRef,
  TenantStatus,
  UserContext,
} from '../../kernel/index.ts'
import type { AnswerOfOnce, RequestWithKey } from '../idempotency/index.ts'
import type { RateLimiter } from '../rate-limit/index.ts'
import type { Logger, Metrics } from '../telemetry/index.ts'
import type { Reply } from './define-route.ts'

/** What the HTTP layer needs from the domains; composition joins them. */
export interface HttpPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limiter: RateLimiter
  /** undefined: no tenant has that slug. */
  resolveTenant(slug: string): ResolvedTenant | undefined | Promise<ResolvedTenant | undefined>
  /** @throws invalid_token, with the reason as its internal detail */
  authenticateBearer(context: RequestContext, accessToken: string): Promise<Principal>
  /** Whose token for the interfaces of clients that is. @throws invalid_token, as above */
  authenticateClient(context: RequestContext, accessToken: string): Promise<AuthenticatedClient>
  /** Puts a refusal of this layer into the audit trail. */
  recordRefusal(context: RequestContext, refusal: HttpRefusal): Promise<void>
  /** undefined: the cookie is of no live session. */
  authenticateCookie(context: RequestContext, cookie: string): Promise<Principal | undefined>
  /** @throws permission_denied, after auditing the refusal */
  authorize(context: UserContext, permission: string, routeId: string): Promise<void>
  /** undefined: the cookie was not made by us, or for another tenant. */
  verifyDeviceCookie(tenant: TenantRef, cookie: string): PresentedDevice | undefined
  /** Why the tenant refuses where this comes from; undefined: it does not. Asks nobody. */
  findSourceRefusal(context: RequestContext): string | undefined
  /** Before a sensitive change. @throws risk_refused, insufficient_user_authentication */
  assessRisk(context: UserContext): Promise<void>
  /** @see answerOnce of `platform/idempotency` */
  answerOnce(
    context: UserContext,
    request: RequestWithKey,
    work: (context: UserContext) => Promise<Reply>,
  ): Promise<AnswerOfOnce<Reply>>
  /** The CSRF token that belongs to a session cookie. */
  csrfTokenOf(cookie: string): string
}

export type ResolvedTenant = TenantRef & { readonly status: TenantStatus }

export interface HttpRefusal {
  readonly action: 'access_token.refused' | 'cross_site_request.refused' | 'risk.refused'
  readonly details: Readonly<Record<string, string>>
}
