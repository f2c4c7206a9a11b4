import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant
let dan: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant('acme')
  dan = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
})
afterAll(() => world.close())

const get = (url: string) => world.app.http.inject({ url })

describe('the metadata of a tenant', () => {
  it.each([
    ['RFC 8414 §3.1', '/.well-known/oauth-authorization-server/t/acme'],
    ['RFC 8414 §5', '/.well-known/openid-configuration/t/acme'],
    ['OpenID Connect Discovery §4', '/t/acme/.well-known/openid-configuration'],
    ['the same manner', '/t/acme/.well-known/oauth-authorization-server'],
  ])('is, by %s, at %s', async (_, url) => {
    const answer = await get(url)

    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^application\/json/)
    expect(answer.headers['cache-control']).toBe('public, max-age=300')
    expect(answer.json()).toMatchObject({
      issuer: 'http://localhost:4820/t/acme',
      jwks_uri: 'http://localhost:4820/t/acme/jwks.json',
      authorization_endpoint: 'http://localhost:4820/t/acme/oauth/authorize',
      token_endpoint: 'http://localhost:4820/t/acme/oauth/token',
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })

  it.each([
    '/.well-known/oauth-protected-resource/t/acme',
    '/t/acme/.well-known/oauth-protected-resource',
  ])('RFC 9728 §3.1: has that of our own API beside it, at %s', async (url) => {
    const answer = await get(url)

    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      {
        resource: 'http://localhost:4820/t/acme',
        authorization_servers: ['http://localhost:4820/t/acme'],
        scopes_supported: ['account'],
        bearer_methods_supported: ['header'],
      },
    ])
  })

  it('RFC 8414 §3.3: names the issuer that the tokens name', async () => {
    const payload = dan.accessToken?.split('.')[1] ?? ''
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString())

    expect((await get('/t/acme/.well-known/openid-configuration')).json().issuer).toBe(iss)
  })

  it('names no endpoint that answers 404', async () => {
    const metadata = (await get('/t/acme/.well-known/openid-configuration')).json()
    const urls = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name))

    for (const [, url] of urls) {
      const { pathname } = new URL(String(url))
      const posted = await world.app.http.inject({ method: 'POST', url: pathname })
      const statuses = [(await get(pathname)).statusCode, posted.statusCode]
      expect([pathname, statuses.some((status) => status !== 404)]).toEqual([pathname, true])
    }
  })
})

describe('RFC 7517: the key set', () => {
  it('has public members only, before and after a rotation', async () => {
    for (let rotation = 0; rotation < 2; rotation++) {
      const answer = await get('/t/acme/jwks.json')
      const { keys } = answer.json<{ keys: Record<string, string>[] }>()

      expect(answer.headers['cache-control']).toBe('public, max-age=300')
      expect(keys.length).toBeGreaterThan(1)
      for (const key of keys) {
        expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
        expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
      }
      const rotated = await dan.call('POST', '/api/admin/keys/rotate', { force: true })
      expect(rotated.statusCode).toBe(200)
    }
  })

  it('§4.5: has a kid for each key, and the one that tokens name', async () => {
    const { keys } = (await get('/t/acme/jwks.json')).json<{ keys: { kid: string }[] }>()
    const header = Buffer.from(dan.accessToken?.split('.')[0] ?? '', 'base64url').toString()

    expect(new Set(keys.map((key) => key.kid)).size).toBe(keys.length)
    expect(keys.map((key) => key.kid)).toContain(JSON.parse(header).kid)
  })

  it('keeps a token good through a rotation (I10), and refuses it after a revocation', async () => {
    const eve = await world.actors.signedIn({ tenant: acme })
    const { kid } = JSON.parse(
      Buffer.from(eve.accessToken?.split('.')[0] ?? '', 'base64url').toString(),
    )

    await dan.call('POST', '/api/admin/keys/rotate', { force: true })
    expect((await eve.call('GET', '/api/auth/me')).statusCode).toBe(200)

    await dan.signIn()
    expect((await dan.call('POST', `/api/admin/keys/${kid}/revoke`)).statusCode).toBe(200)
    expect((await eve.call('GET', '/api/auth/me')).statusCode).toBe(401)
    const { keys } = (await get('/t/acme/jwks.json')).json<{ keys: { kid: string }[] }>()
    expect(keys.map((key) => key.kid)).not.toContain(kid)
  })

  it('is that of its own tenant only', async () => {
    const globex = await world.tenant()
    const own = (await get('/t/acme/jwks.json')).json<{ keys: { kid: string }[] }>()
    const other = (await get(`/t/${globex.slug}/jwks.json`)).json<{ keys: { kid: string }[] }>()

    const shared = own.keys.filter((key) => other.keys.some(({ kid }) => kid === key.kid))
    expect(shared).toEqual([])
  })
})
