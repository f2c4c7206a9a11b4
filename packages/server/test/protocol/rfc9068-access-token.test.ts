import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes, seconds, toNumericDate } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant(undefined, {
    audiences: ['https://api.acme.test', 'notes-api'],
    access_token_lifetime_seconds: 300,
  })
  await world.app.access.defineRole(world.internalContext(acme), {
    name: 'trader',
    description: 'Places orders.',
    permissions: ['app:orders.create'],
  })
  ana = await world.actors.signedIn({ tenant: acme, roles: ['trader'] })
})
afterAll(() => world.close())

function decode(segment: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(segment ?? '', 'base64url').toString())
}

const parts = () => (ana.accessToken ?? '').split('.')

describe('an access token', () => {
  it('RFC 9068 §2.1: is a JWS whose header says at+jwt, its algorithm and its key', async () => {
    const header = decode(parts()[0])

    expect(Object.keys(header).sort()).toEqual(['alg', 'kid', 'typ'])
    expect(header).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
  })

  it('RFC 9068 §2.2: has every required claim, and those that this server adds', async () => {
    const now = toNumericDate(world.clock.now())
    const sessions = await ana.call('GET', '/api/auth/sessions')

    expect(decode(parts()[1])).toEqual({
      iss: acme.issuer,
      sub: ana.userId,
      aud: [acme.issuer, 'https://api.acme.test', 'notes-api'],
      exp: now + 300,
      iat: now,
      jti: expect.stringMatching(/^jti_[0-9a-z]{26}$/),
      client_id: 'first-party',
      scope: 'account',
      tenant: acme.id,
      sid: sessions.json().data[0].id,
      acr: 'urn:countersign:acr:password',
      amr: ['pwd'],
      auth_time: now,
      roles: ['trader'],
    })
  })

  it('RFC 9068 §6: holds no name and no address of its user', () => {
    const payload = Buffer.from(parts()[1] ?? '', 'base64url').toString()

    expect(payload).not.toContain('@')
    expect(payload).not.toContain('email')
    expect(payload).not.toContain('name')
  })

  it('RFC 7515 §5.2: verifies under the published key, with a signature in JOSE form', async () => {
    const jwks = await ana.call('GET', '/jwks.json')
    const { kid } = decode(parts()[0])
    const keys = jwks.json<{ keys: (JsonWebKey & { kid: string })[] }>().keys
    const jwk = keys.find((key) => key.kid === kid)
    const signature = Buffer.from(parts()[2] ?? '', 'base64url')

    expect(signature).toHaveLength(64)
    expect(
      verify(
        'sha256',
        Buffer.from(`${parts()[0]}.${parts()[1]}`),
        { key: createPublicKey({ key: jwk ?? {}, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
        signature,
      ),
    ).toBe(true)
  })

  it('RFC 9068 §2.2: keeps auth_time, acr and session when it is refreshed, with its own jti', async () => {
    const before = decode(parts()[1])
    world.clock.advance(minutes(2))

    const refreshed = await ana.refresh()

    const after = decode(String(refreshed.json().access_token).split('.')[1])
    const same = ['auth_time', 'acr', 'amr', 'sid', 'sub', 'aud', 'iss', 'scope']
    for (const claim of same) expect(after[claim]).toEqual(before[claim])
    expect(after['jti']).not.toBe(before['jti'])
    expect(after['iat']).toBe(Number(before['iat']) + 120)
  })

  it('lives no longer than its session may', async () => {
    const short = await world.tenant(undefined, {
      session_absolute_seconds: 300,
      access_token_lifetime_seconds: 600,
    })
    const ben = await world.actors.signedIn({ tenant: short })
    const start = toNumericDate(world.clock.now())
    world.clock.advance(seconds(100))

    const refreshed = await ben.refresh()

    expect(refreshed.json().expires_in).toBe(200)
    const claims = decode(String(refreshed.json().access_token).split('.')[1])
    expect(claims['exp']).toBe(start + 300)
  })
})

describe('the answer that brings it', () => {
  it('RFC 6749 §5.1: names type and lifetime and may not be stored', async () => {
    const answer = await ana.login()

    expect(answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: 300 })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
  })
})
