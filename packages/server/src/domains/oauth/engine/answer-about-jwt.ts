import type { KoaContextWithOIDC } from 'oidc-provider'
import { record } from '../../audit/index.ts'
import { denyAccessToken } from '../../tokens/index.ts'
import type { EngineServices } from './engine-services.ts'
import { isTokenLive } from './is-token-live.ts'
import { currentScope } from './request-scope.ts'
import { mayIntrospect } from './may-introspect.ts'
import { clientOf } from './resource-servers.ts'
import { type Claims, verifyOwnToken } from './verify-own-token.ts'

/**
 * The engine knows only tokens that it keeps, and answers `unsupported_token_type` for signed ones,
 * after it has authenticated the client. Here those answers become what the RFCs ask for.
 * @see RFC 7662 §2.2, RFC 7009 §2.2
 */
export async function answerAboutJwt(
  services: EngineServices,
  ctx: KoaContextWithOIDC,
): Promise<void> {
  const body = ctx.body as { error?: string } | undefined
  if (body?.error !== 'unsupported_token_type' || ctx.oidc.client === undefined) return
  currentScope().refusal = undefined
  const claims = await verifyOwnToken(services, String(ctx.oidc.params?.['token']))
  if (ctx.oidc.route === 'revocation') await revoke(services, ctx, claims)
  else await introspect(services, ctx, claims)
}

async function introspect(
  services: EngineServices,
  ctx: KoaContextWithOIDC,
  claims: Claims | undefined,
): Promise<void> {
  const isAllowed =
    claims !== undefined &&
    mayIntrospect(ctx.oidc.client?.clientId ?? '', {
      clientId: claims['client_id'],
      audience: claims['aud'],
    })
  const isActive = isAllowed && (await isTokenLive(services, currentScope().context, claims))
  ctx.status = 200
  ctx.body = isActive
    ? { active: true, token_type: tokenType(claims), ...claims }
    : { active: false }
  if (ctx.accepts('json', INTROSPECTION_JWT) !== INTROSPECTION_JWT) return
  // RFC 9701 §5.
  const { IdToken } = ctx.oidc.provider as unknown as { IdToken: SignedResponse }
  const token = new IdToken({}, { ctx })
  token.extra = { token_introspection: ctx.body, aud: ctx.oidc.client?.clientId }
  ctx.body = await token.issue({ use: 'introspection' })
  ctx.type = `${INTROSPECTION_JWT}; charset=utf-8`
}

/** RFC 7009 §2.2: the answer is the same whether or not there was anything to revoke. */
async function revoke(
  { database }: EngineServices,
  ctx: KoaContextWithOIDC,
  claims: Claims | undefined,
): Promise<void> {
  const { context } = currentScope()
  ctx.status = 200
  ctx.body = ''
  const { id } = clientOf(ctx.oidc.client?.clientId)
  if (claims === undefined || claims['client_id'] !== ctx.oidc.client?.clientId) return
  await database.withTenant(context.tenant.id, async (tx) => {
    const now = context.clock.now()
    await tx.run(denyAccessToken(claims.jti, { now, expiresAt: new Date(claims.exp * 1000) }))
    await record(tx, context, {
      action: 'oauth.token_revoked',
      outcome: 'success',
      target: { kind: 'client', id },
      details: { jti: claims.jti },
    })
  })
}

function tokenType(claims: Claims): string {
  const cnf = claims['cnf'] as { jkt?: string } | undefined
  return cnf?.jkt === undefined ? 'Bearer' : 'DPoP'
}

type SignedResponse = new (
  claims: object,
  options: object,
) => { extra: object; issue(options: object): Promise<string> }

const INTROSPECTION_JWT = 'application/token-introspection+jwt'
