import { type RequestContext, Secret, toSeconds } from '../../kernel/index.ts'
import { insertAuditEvent } from '../audit/index.ts'
import type { RequestServices } from './authentication-requests.ts'
import { modelsOf } from './engine/engine-models.ts'
import { openScope } from './engine/open-scope.ts'
import { newHeldWrites, runInScope } from './engine/request-scope.ts'
import { REGISTRATION_TOKEN_LIFETIME } from './policy.ts'

export interface RegistrationToken {
  readonly token: Secret<string>
  /** Seconds. */
  readonly expiresIn: number
}

/** @see RFC 7591 §1.2 */
export async function issueRegistrationToken(
  services: RequestServices,
  context: RequestContext,
): Promise<RegistrationToken> {
  const scope = await openScope(services, { context, sessionCookie: undefined, path: '' })
  const provider = await services.registry.get(context.tenant)
  const expiresIn = toSeconds(REGISTRATION_TOKEN_LIFETIME)
  // I5: held, so that the token and its record are written together.
  const held = newHeldWrites()
  const token = await runInScope({ ...scope, held }, async () => {
    const { InitialAccessToken } = modelsOf(provider)
    return new InitialAccessToken({ expiresIn }).save()
  })
  await services.database.tenantBatch(context.tenant.id, [
    ...held.statements.map(({ statement }) => statement),
    insertAuditEvent(context, { action: 'client.registration_token_issued', outcome: 'success' }),
  ])
  return { token: new Secret(token), expiresIn }
}
