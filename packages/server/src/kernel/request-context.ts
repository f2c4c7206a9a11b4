import type { AssuranceRequirement } from './assurance.ts'
import type { Clock } from './clock.ts'
import type { ClientId, RequestId, SessionId, TenantId, UserId } from './ids.ts'
import type { Secret } from './secret.ts'
import type { TenantPolicy } from './tenant-policy.ts'

export type TenantStatus = 'active' | 'suspended'

/** What every layer may know of the tenant that a request is for. */
export interface TenantRef {
  readonly id: TenantId
  readonly slug: string
  /** `{base}/t/{slug}`; the `iss` of its tokens. */
  readonly issuer: string
  readonly policy: TenantPolicy
  /** Raised with every change of its signing keys: keys of an earlier version may be others. */
  readonly signingKeysVersion: number
}

/** Where a request comes from, as far as it can be trusted. */
export interface RequestSource {
  /** Address of the peer, or of the client where a trusted proxy names it. */
  readonly ip: string
  /** At most 256 characters; never trusted for a decision. */
  readonly userAgent: string | undefined
  /** Platform and form of the browser (Sec-CH-UA-*), as it says itself; like `userAgent`. */
  readonly clientHints?: string | undefined
  /** What the request asks to be answered in: BCP 47, best first. */
  readonly languages?: readonly string[]
  /** The browser, as a signed cookie of this tenant proves it; never a proof of who sits there. */
  readonly device?: PresentedDevice | undefined
  /** Of an earlier sign-in in this browser, as it was sent: nothing is proven by it yet. */
  readonly sessionCookie?: Secret<string> | undefined
}

/** A device whose cookie was verified. */
export interface PresentedDevice {
  /** 256 random bits; only the cookie of the device itself may carry them. */
  readonly value: Secret<string>
  /** SHA-256 of it: how everything but the cookie names the device. */
  readonly hash: Buffer
}

/** An authenticated user. Made by the authenticate step only. */
export interface Principal {
  readonly kind: 'user'
  readonly userId: UserId
  readonly sessionId: SessionId
  /** How this request proved itself; a cookie needs the CSRF defence. */
  readonly via: 'access_token' | 'session_cookie'
  readonly roles: readonly string[]
  readonly permissions: ReadonlySet<string>
  readonly authTime: Date
  readonly acr: string
  readonly amr: readonly string[]
  /** What the session must prove, before anything but a step-up or its end is permitted. */
  readonly owes?: AssuranceRequirement | undefined
  /** Read together with the session, so that nobody must read it again. */
  readonly profile: PrincipalProfile
}

export interface PrincipalProfile {
  /** As the user wrote it. */
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly createdAt: Date
}

/** The frozen facts of one request. Use cases take it first. */
export interface RequestContext<T extends TenantRef | undefined = TenantRef> {
  readonly requestId: RequestId
  readonly tenant: T
  readonly principal: Principal | undefined
  readonly source: RequestSource
  readonly clock: Clock
  /** Of a request with an `Idempotency-Key`: what the audit event of its change is noted in. */
  readonly claim?: { readonly id: string } | undefined
}

/** A context whose principal is proven to exist. */
export interface UserContext extends RequestContext {
  readonly principal: Principal
}

/** An OAuth client that speaks for itself. Made by the authenticate step only. */
export interface AuthenticatedClient {
  readonly id: ClientId
  /** Of the access token that it sent. */
  readonly scopes: readonly string[]
}

/** A context of a client that is proven to be it. */
export interface ClientContext extends RequestContext {
  readonly client: AuthenticatedClient
}
