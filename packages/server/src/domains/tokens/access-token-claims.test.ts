import { describe, expect, it } from 'vitest'
import { minutes, newId, type TenantPolicy, type TenantRef } from '../../kernel/index.ts'
import { type AccessTokenSubject, buildAccessTokenClaims } from './access-token-claims.ts'

const issuer = 'https://id.example.test/t/acme'
const now = new Date('2026-03-01T12:00:00.900Z')
const iat = Date.parse('2026-03-01T12:00:00Z') / 1000

function tenantWith(audiences: readonly string[]): TenantRef {
  const policy = { accessTokenLifetime: minutes(10), audiences } as unknown as TenantPolicy
  return { id: newId('ten'), slug: 'acme', issuer, policy, signingKeysVersion: 0 }
}

const subject: AccessTokenSubject = {
  userId: newId('usr'),
  sessionId: newId('ses'),
  clientId: 'first-party',
  scope: 'openid notes',
  roles: ['admin'],
  acr: 'urn:countersign:acr:1',
  amr: ['pwd'],
  authTime: new Date('2026-03-01T11:59:30.999Z'),
}

describe('the claims of an access token', () => {
  it('RFC 9068 §2.2: are these, and no others', () => {
    const tenant = tenantWith(['https://notes.example.test'])

    expect(buildAccessTokenClaims(tenant, subject, now)).toStrictEqual({
      iss: issuer,
      sub: subject.userId,
      aud: [issuer, 'https://notes.example.test'],
      exp: iat + 600,
      iat,
      jti: expect.stringMatching(/^jti_[0-9a-z]{26}$/) as string,
      client_id: 'first-party',
      scope: 'openid notes',
      tenant: tenant.id,
      sid: subject.sessionId,
      acr: 'urn:countersign:acr:1',
      amr: ['pwd'],
      auth_time: Date.parse('2026-03-01T11:59:30Z') / 1000,
      roles: ['admin'],
    })
  })

  it('RFC 7519 §4.1.3: writes a sole audience as a string', () => {
    expect(buildAccessTokenClaims(tenantWith([]), subject, now).aud).toBe(issuer)
    expect(buildAccessTokenClaims(tenantWith([issuer]), subject, now).aud).toBe(issuer)
  })

  it('have a `jti` of their own each time', () => {
    const tenant = tenantWith([])

    const one = buildAccessTokenClaims(tenant, subject, now)

    expect(buildAccessTokenClaims(tenant, subject, now).jti).not.toBe(one.jti)
  })

  it.each([
    ['after the lifetime', '2026-03-01T12:30:00Z', 600],
    ['within the lifetime', '2026-03-01T12:01:00.999Z', 60],
    ['in this very second', '2026-03-01T12:00:00.950Z', 0],
    ['already', '2026-03-01T11:00:00Z', 0],
  ])('never outlive a session that ends %s', (_, notAfter, expiresIn) => {
    const ending = { ...subject, notAfter: new Date(notAfter) }

    const claims = buildAccessTokenClaims(tenantWith([]), ending, now)

    expect(claims.exp - claims.iat).toBe(expiresIn)
  })
})
