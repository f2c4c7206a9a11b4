import type { Tenant } from '../../src/domains/tenants/index.ts'
import { readAudit } from './audit-trail.ts'
import { decodeClaims } from './decode-claims.ts'
import type { World } from './open-world.ts'

/** A request to the token endpoint. */
export interface TokenRequest {
  /** `application/x-www-form-urlencoded`. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** An answer without what differs from token to token. */
export interface TokenAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** Members that are not tokens. */
  readonly rest: object
  readonly accessToken: DescribedToken | undefined
  readonly idToken: DescribedToken | undefined
}

interface DescribedToken {
  /** Type of a value that is not signed. */
  readonly header: unknown
  readonly claims: object | undefined
  /** Seconds from `iat` to `exp`. */
  readonly lifetime: number
}

export interface Asked {
  readonly answer: TokenAnswer
  /** Of the access token. */
  readonly jti: string | undefined
  readonly refreshToken: string | undefined
}

/**
 * Asks as it is, or with a parameter that means nothing (RFC 6749 §3.2: ignored) and makes it a
 * request for the engine.
 */
export async function ask(
  { url, tenant }: { readonly url: string; readonly tenant: Pick<Tenant, 'slug'> },
  { body, headers }: TokenRequest,
  by: 'plain' | 'engine',
): Promise<Asked> {
  const response = await fetch(`${url}/t/${tenant.slug}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: by === 'plain' ? body : `${body}&nothing=1`,
  })
  const members = (await response.json()) as Record<string, unknown>
  const { access_token, id_token, refresh_token, ...rest } = members
  const accessToken = describe(access_token)
  const idToken = describe(id_token)
  return {
    answer: {
      status: response.status,
      headers: [...response.headers].filter(([name]) => !VARYING.has(name)),
      rest,
      accessToken: accessToken?.described,
      idToken: idToken?.described,
    },
    jti: accessToken?.jti,
    refreshToken: refresh_token as string | undefined,
  }
}

/** Only our own ids have a prefix: who answered. */
export function isOfPlainWay({ jti }: Asked): boolean {
  return jti?.startsWith('jti_') === true
}

/** The record of the access token with that id, without what differs from token to token. */
export async function issuedEventOf(world: World, tenant: Tenant, jti: string | undefined) {
  const trail = await readAudit(world, tenant)
  const found = trail.find(({ details }) => details['jti'] === jti)
  if (found === undefined) return undefined
  const { id: _, request_id: _request, details, ...lasting } = found
  return { ...lasting, grantType: details['grantType'] }
}

function describe(token: unknown) {
  if (typeof token !== 'string') return undefined
  const [head, ...parts] = token.split('.')
  if (parts.length !== 2) {
    const described = { header: `${parts.length + 1} parts`, claims: undefined, lifetime: 0 }
    return { jti: undefined, described }
  }
  const { jti, iat, exp, ...claims } = decodeClaims(token)
  const header: unknown = JSON.parse(atob(head ?? ''))
  const described: DescribedToken = { header, claims, lifetime: Number(exp) - Number(iat) }
  return { jti: jti as string | undefined, described }
}

const VARYING = new Set(['date', 'x-request-id', 'ratelimit', 'content-length'])
