import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestContext } from '../../../kernel/index.ts'
import type { ClientCertificate } from '../../../platform/http/index.ts'
import { ROUTES } from './engine-paths.ts'
import type { EngineServices } from './engine-services.ts'
import { newHeldWrites, type RequestScope } from './request-scope.ts'

/** A request whose tenant is known, before anything of its body was read. */
export interface ProtocolRequest {
  readonly context: RequestContext
  readonly raw: IncomingMessage
  readonly response: ServerResponse
  /** Behind `/t/{tenant}`, with the query. */
  readonly path: string
  readonly sessionCookie: string | undefined
  readonly clientCertificate?: ClientCertificate | undefined
}

export async function openScope(
  { sessions, risk }: Pick<EngineServices, 'sessions' | 'risk'>,
  { context, sessionCookie, path, clientCertificate }: Omit<ProtocolRequest, 'raw' | 'response'>,
): Promise<RequestScope> {
  const issues = path === ROUTES.token || path.startsWith(`${ROUTES.token}?`)
  // Where the tenant refuses the source, nobody is signed in, and the sign-in that follows says so.
  const isNobody =
    sessionCookie === undefined || issues || risk.findSourceRefusal(context) !== undefined
  const live = isNobody ? undefined : await sessions.findByCookie(context, sessionCookie)
  return {
    context,
    live,
    sessionCookie,
    clientCertificate,
    named: new Map(),
    grants: new Map(),
    clients: new Map(),
    pairwiseSecret: undefined,
    held: issues ? newHeldWrites() : undefined,
    engineSession: undefined,
    repeated: undefined,
    failure: undefined,
    refusal: undefined,
  }
}
