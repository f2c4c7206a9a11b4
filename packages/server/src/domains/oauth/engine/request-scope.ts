import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientId, RequestContext, UserId } from '../../../kernel/index.ts'
import type { Statement } from '../../../platform/db/index.ts'
import type { ClientCertificate } from '../../../platform/http/index.ts'
import type { LiveSession } from '../../sessions/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import type { GrantFacts } from './grant-store.ts'
import type { NamedUser } from './named-user.ts'

/** A record that is to be used up in the transaction that issues. */
export interface HeldConsumption {
  readonly kind: string
  readonly id: string
}

/** An access token, for the gate and the record; those of the engine have all of this. */
export interface IssuedToken {
  readonly kind: string
  readonly format?: string | undefined
  readonly jti: string
  readonly clientId?: string | undefined
  /** These two: unless it is of a client alone. */
  readonly accountId?: string | undefined
  readonly grantId?: string | undefined
}

/**
 * What the token endpoint writes is held back until every check of the engine has passed, so that
 * the gate, the consumption, the new tokens and the audit event are one transaction.
 */
export interface HeldWrites {
  readonly consumptions: HeldConsumption[]
  readonly statements: { readonly kind: string; readonly statement: Statement }[]
  /** INVARIANT: every access token that is made stands here, whatever grant made it. */
  readonly tokens: IssuedToken[]
  /** RFC 8693: the tokens speak for the user of this grant, which another client may hold. */
  exchange:
    | {
        readonly grantClientId: ClientId
        readonly act: object
        readonly exp: number
        readonly sub: unknown
        readonly sid: unknown
      }
    | undefined
  /** Value of the refresh token that replaces the presented one. */
  successor: string | undefined
}

/** Nothing is held yet. */
export function newHeldWrites(): HeldWrites {
  return {
    consumptions: [],
    statements: [],
    tokens: [],
    exchange: undefined,
    successor: undefined,
  }
}

/** A refresh token that was used a moment ago; see `policy.ts`. */
export interface RepeatedRefresh {
  readonly presented: string
  readonly successor: string
}

/** The engine knows nothing of tenants and of our transactions; this travels beside its calls. */
export interface RequestScope {
  readonly context: RequestContext
  /** The browser's session, if its cookie is of a live one. */
  readonly live: LiveSession | undefined
  readonly sessionCookie: string | undefined
  readonly clientCertificate: ClientCertificate | undefined
  /** Users whom a client named; see `named-user.ts`. */
  readonly named: Map<UserId, NamedUser>
  /** Read together with the record that hangs on it. */
  readonly grants: Map<string, GrantFacts>
  readonly clients: Map<string, ClientWithSecrets>
  /** Read with the first client that needs it. */
  pairwiseSecret: Buffer | undefined
  /** undefined: writes are done at once. */
  readonly held: HeldWrites | undefined
  /** What the engine takes for the session of this request. */
  engineSession: { readonly state?: object | undefined } | undefined
  repeated: RepeatedRefresh | undefined
  /** What the engine answered with `server_error`. */
  failure: Error | undefined
  refusal: { readonly event: string; readonly error: Error } | undefined
}

const storage = new AsyncLocalStorage<RequestScope>()

export function runInScope<T>(scope: RequestScope, work: () => Promise<T>): Promise<T> {
  return storage.run(scope, work)
}

/** @throws TypeError outside of a request: the engine must never work without a tenant */
export function currentScope(): RequestScope {
  const scope = storage.getStore()
  if (scope === undefined) throw new TypeError('no request')
  return scope
}
