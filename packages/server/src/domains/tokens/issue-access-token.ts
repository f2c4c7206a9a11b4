import type { RequestContext, TokenId } from '../../kernel/index.ts'
import type { Keys } from '../keys/index.ts'
import { type AccessTokenSubject, buildAccessTokenClaims } from './access-token-claims.ts'
import { signJws } from './jws.ts'

export interface IssuedAccessToken {
  /** A plain string, because it goes into the response. WARNING: whoever has it is the user. */
  readonly token: string
  /** Seconds; 0 if the session ended this very moment. */
  readonly expiresIn: number
  readonly jti: TokenId
}

/**
 * Issues an access token of the context's tenant. Whether the subject may have one is decided
 * before: this only writes down and signs.
 * @throws signing_key_unavailable, database_unavailable
 * @see RFC 9068 §2
 */
export async function issueAccessToken(
  { keys }: { readonly keys: Pick<Keys, 'signer'> },
  context: RequestContext,
  subject: AccessTokenSubject,
): Promise<IssuedAccessToken> {
  const signer = await keys.signer(context.tenant)
  const claims = buildAccessTokenClaims(context.tenant, subject, context.clock.now())
  return {
    token: await signJws(signer, ACCESS_TOKEN_TYPE, claims),
    expiresIn: claims.exp - claims.iat,
    jti: claims.jti,
  }
}

/** RFC 9068 §2.1. Attack: an ID token or a logout token passes as an access token. */
const ACCESS_TOKEN_TYPE = 'at+jwt'
