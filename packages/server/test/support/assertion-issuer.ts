import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { ClientId } from '../../src/kernel/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { World } from './open-world.ts'

type NewTrustedIssuer = Parameters<World['app']['trustedIssuers']['create']>[1]

export interface AssertionWishes extends JWTPayload {
  /** Members of the header in place of the usual ones. */
  readonly header?: Readonly<Record<string, string | undefined>>
}

/** Somebody elsewhere who signs in users, and says so by assertions (RFC 7523). */
export interface AssertionIssuer {
  readonly issuer: string
  readonly jwk: JWK
  trust(
    world: World,
    tenant: Tenant,
    clientIds: readonly ClientId[],
    more?: Partial<NewTrustedIssuer>,
  ): ReturnType<World['app']['trustedIssuers']['create']>
  assert(tenant: Tenant, wishes: AssertionWishes): Promise<string>
}

export async function createAssertionIssuer(): Promise<AssertionIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const issuer = `https://${crypto.randomUUID()}.issuer.example`
  return {
    issuer,
    jwk,
    trust: (world, tenant, clientIds, more) =>
      world.app.trustedIssuers.create(world.internalContext(tenant), {
        issuer,
        jwks: { keys: [jwk as Record<string, unknown>] },
        jwksUri: undefined,
        subjectMapping: 'user_id',
        clientIds,
        scopes: ['read'],
        ...more,
      }),
    assert: (tenant, { header, ...claims }) => {
      const now = Math.floor(Date.now() / 1000)
      const all: Record<string, unknown> = {
        iss: issuer,
        aud: tenant.issuer,
        jti: crypto.randomUUID(),
        iat: now,
        exp: now + 60,
        ...claims,
      }
      const given = Object.entries(all).filter(([, value]) => value !== undefined)
      return new SignJWT(Object.fromEntries(given))
        .setProtectedHeader({ alg: 'ES256', kid: 'k1', ...header })
        .sign(privateKey)
    },
  }
}
