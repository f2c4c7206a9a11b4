import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'
import { countersignAuth } from './fastify.ts'
import { createTestIssuer } from './testing.ts'

async function setUp() {
  const issuer = createTestIssuer()
  const app = Fastify()
  await app.register(countersignAuth, { verifier: createVerifier(issuer.verifierOptions) })
  app.get('/me', { preHandler: app.requireAuth() }, async (request) => ({
    sub: request.auth.subject,
  }))
  app.get(
    '/notes',
    { onRequest: app.requireAuth({ scope: 'notes:read', acr: 'mfa' }) },
    async () => ({
      ok: true,
    }),
  )
  app.get('/open', async (request) => ({ sub: request.auth.subject }))
  const get = (url: string, token?: string) =>
    app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  return { app, issuer, get }
}

describe('countersignAuth', () => {
  it('lets a valid token pass and gives the route its principal', async () => {
    const { issuer, get } = await setUp()

    const response = await get('/me', issuer.sign({ sub: 'usr_1' }))

    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ sub: 'usr_1' })
  })

  it('keeps the principals of parallel requests apart', async () => {
    const { issuer, get } = await setUp()
    const subjects = Array.from({ length: 50 }, (_, at) => `usr_${at}`)

    const answers = await Promise.all(subjects.map((sub) => get('/me', issuer.sign({ sub }))))

    expect(answers.map((answer) => answer.json().sub)).toEqual(subjects)
  })

  it('answers a missing token with a problem and a plain challenge', async () => {
    const { get } = await setUp()

    const response = await get('/me')

    expect(response.statusCode).toBe(401)
    expect(response.headers).toMatchObject({
      'www-authenticate': 'Bearer',
      'cache-control': 'no-store',
      'content-type': expect.stringMatching(/^application\/problem\+json/),
    })
    expect(response.json()).toEqual({
      type: 'https://countersign.dev/errors/token_missing',
      title: 'Access token missing',
      status: 401,
      code: 'token_missing',
    })
  })

  it.each([
    [{}, 403, 'Bearer error="insufficient_scope", scope="notes:read"'],
    [
      { scope: 'notes:read' },
      401,
      'Bearer error="insufficient_user_authentication", acr_values="mfa"',
    ],
    [{ exp: 1 }, 401, 'Bearer error="invalid_token"'],
  ])('answers the claims %j with %i', async (claims, status, challenge) => {
    const { issuer, get } = await setUp()

    const response = await get('/notes', issuer.sign(claims))

    expect(response.statusCode).toBe(status)
    expect(response.headers['www-authenticate']).toBe(challenge)
  })

  it('lets nobody pass while the keys are unavailable', async () => {
    const app = Fastify()
    const { verifierOptions, sign } = createTestIssuer()
    const jwks = { findKey: () => Promise.reject(new Error('down')) }
    await app.register(countersignAuth, { verifier: createVerifier({ ...verifierOptions, jwks }) })
    app.get('/me', { preHandler: app.requireAuth() }, async () => 'reached')

    const headers = { authorization: `Bearer ${sign()}` }
    const response = await app.inject({ url: '/me', headers })

    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('5')
    expect(response.headers['www-authenticate']).toBeUndefined()
  })

  it('refuses a second Authorization header, which Node would hide', async () => {
    const { app, issuer } = await setUp()
    await app.listen({ host: '127.0.0.1', port: 0 })
    const url = app.listeningOrigin
    const { request } = await import('node:http')

    const authorization = [`Bearer ${issuer.sign()}`, 'Bearer x']
    const status = await new Promise((resolve, reject) => {
      request(`${url}/me`, {
        headers: ['authorization', authorization[0], 'authorization', authorization[1]] as never,
      })
        .on('response', (response) => {
          response.resume()
          resolve(response.statusCode)
        })
        .on('error', reject)
        .end()
    })
    await app.close()

    expect(status).toBe(400)
  })

  it('fails loudly on a route that reads the principal without a guard', async () => {
    const { issuer, get } = await setUp()

    expect((await get('/open', issuer.sign())).statusCode).toBe(500)
  })

  it('stops the start for a mistyped requirement', async () => {
    const { app } = await setUp()

    expect(() => app.requireAuth({ scopes: 'x' } as never)).toThrow(TypeError)
  })

  it('leaves errors that are not ours to the application', async () => {
    const app = Fastify()
    const broken = { verifyRequest: () => Promise.reject(new Error('bug')) } as never
    await app.register(countersignAuth, { verifier: broken })
    app.get('/me', { preHandler: app.requireAuth() }, async () => 'reached')

    expect((await app.inject('/me')).statusCode).toBe(500)
  })
})
