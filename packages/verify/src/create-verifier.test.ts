import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'
import type { KeySource } from './key-set.ts'
import { createTestIssuer } from './testing.ts'
import type { VerifierOptions } from './verifier-options.ts'

function setUp(options: Partial<VerifierOptions> = {}) {
  let now = Date.UTC(2030, 0, 1)
  const clock = { now: () => new Date(now) }
  const issuer = createTestIssuer({ clock })
  const lookups: string[] = []
  const source = issuer.verifierOptions.jwks as KeySource
  const jwks: KeySource = {
    findKey(iss, kid) {
      lookups.push(kid)
      return source.findKey(iss, kid)
    },
  }
  const verifier = createVerifier({ ...issuer.verifierOptions, jwks, ...options })
  const pass = (seconds: number) => {
    now += seconds * 1000
  }
  return { issuer, verifier, lookups, pass, clock, seconds: () => now / 1000 }
}

const refusal = (code: string) => expect.objectContaining({ name: 'VerifyError', code })

describe('createVerifier', () => {
  it('gives the principal a token stands for', async () => {
    const { issuer, verifier, seconds } = setUp()
    const token = issuer.sign({
      sub: 'usr_1',
      tenant: 'ten_1',
      sid: 'ses_1',
      jti: 'j1',
      client_id: 'cli_1',
      scope: 'a b',
      roles: ['r'],
      permissions: ['p'],
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      authorization_details: [{ type: 'payment' }],
    })

    const principal = await verifier.verify(token)

    expect(principal).toMatchObject({
      subject: 'usr_1',
      tenant: 'ten_1',
      issuer: issuer.issuer,
      session: 'ses_1',
      clientId: 'cli_1',
      jti: 'j1',
      scopes: ['a', 'b'],
      roles: ['r'],
      permissions: ['p'],
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      authTime: new Date(seconds() * 1000),
      expiresAt: new Date((seconds() + 600) * 1000),
      claims: { authorization_details: [{ type: 'payment' }] },
    })
  })

  it('gives a principal that nobody can change', async () => {
    const { issuer, verifier } = setUp()
    const token = issuer.sign({ scope: 'a', roles: ['r'], authorization_details: [{ type: 'x' }] })
    const principal = await verifier.verify(token)
    const { roles, scopes, claims } = principal

    expect(Object.isFrozen(principal)).toBe(true)
    expect([roles, scopes, claims, claims['authorization_details']].every(Object.isFrozen)).toBe(
      true,
    )
    expect(Object.isFrozen((claims['authorization_details'] as unknown[])[0])).toBe(true)
    principal.expiresAt.setTime(0)
    expect(principal.expiresAt.getTime()).toBeGreaterThan(0)
  })

  it('gives empty lists and undefined for optional claims that are absent', async () => {
    const { issuer, verifier } = setUp()
    const absent = { tenant: undefined, sid: undefined, auth_time: undefined }

    expect(await verifier.verify(issuer.sign(absent))).toMatchObject({
      tenant: undefined,
      session: undefined,
      authTime: undefined,
      scopes: [],
      roles: [],
      permissions: [],
      amr: [],
    })
  })

  it.each([undefined, null, 5, {}])('refuses %j as a token', async (token) => {
    const { verifier } = setUp()

    await expect(verifier.verify(token as never)).rejects.toEqual(refusal('token_malformed'))
  })

  it('looks for no key before the issuer is accepted', async () => {
    const { issuer, verifier, lookups } = setUp()
    const token = issuer.sign({ iss: 'https://attacker.example' })

    await expect(verifier.verify(token)).rejects.toEqual(refusal('issuer_refused'))
    expect(lookups).toEqual([])
  })

  it('refuses a token of another type, if configured for it', async () => {
    const { issuer, verifier } = setUp({ typ: 'txn+jwt' })

    await expect(verifier.verify(issuer.sign())).rejects.toEqual(refusal('type_refused'))
    expect(await verifier.verify(issuer.sign({}, { typ: 'txn+jwt' }))).toBeDefined()
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
  ])('answers keys_unavailable when the key source %s', async (_, findKey) => {
    const { issuer, verifier } = setUp({ jwks: { findKey } })

    await expect(verifier.verify(issuer.sign())).rejects.toMatchObject({
      code: 'keys_unavailable',
      status: 503,
      retryAfterSeconds: 5,
      wwwAuthenticate: undefined,
    })
  })
})

describe('the verified-token cache', () => {
  it('gives the same principal again', async () => {
    const { issuer, verifier } = setUp()
    const token = issuer.sign()

    expect(await verifier.verify(token)).toBe(await verifier.verify(token))
  })

  it('still refuses a token that expired since', async () => {
    const { issuer, verifier, pass } = setUp()
    const token = issuer.sign()
    await verifier.verify(token)

    pass(604)
    expect(await verifier.verify(token)).toBeDefined()
    pass(1)
    await expect(verifier.verify(token)).rejects.toEqual(refusal('token_expired'))
  })

  it('still refuses a token that is not valid yet after the clock stepped back', async () => {
    const { issuer, verifier, pass, seconds } = setUp()
    const token = issuer.sign({ nbf: seconds() })
    await verifier.verify(token)
    pass(-60)

    await expect(verifier.verify(token)).rejects.toEqual(refusal('token_not_yet_valid'))
  })

  it('still refuses a token whose key was withdrawn since', async () => {
    const { issuer, verifier } = setUp()
    const token = issuer.sign()
    await verifier.verify(token)
    issuer.rotate()
    await verifier.verify(token)
    issuer.rotate({ withdraw: true })

    await expect(verifier.verify(token)).rejects.toEqual(refusal('key_unknown'))
  })

  it('does not take a changed token for the cached one', async () => {
    const { issuer, verifier } = setUp()
    const token = issuer.sign()
    await verifier.verify(token)
    const [head, , signature] = token.split('.')
    const payload = issuer.sign({ sub: 'usr_other' }).split('.')[1]

    const forged = `${head}.${payload}.${signature}`
    await expect(verifier.verify(forged)).rejects.toEqual(refusal('signature_invalid'))
  })

  it('can be switched off, and holds no more than its size', async () => {
    const off = setUp({ cacheSize: 0 })
    const token = off.issuer.sign()
    expect(await off.verifier.verify(token)).not.toBe(await off.verifier.verify(token))

    const one = setUp({ cacheSize: 1 })
    const [first, second] = [one.issuer.sign(), one.issuer.sign()]
    const principal = await one.verifier.verify(first)
    await one.verifier.verify(second)
    expect(await one.verifier.verify(first)).not.toBe(principal)
  })

  it('is empty after close', async () => {
    const { issuer, verifier } = setUp()
    const token = issuer.sign()
    const before = await verifier.verify(token)
    verifier.close()

    expect(await verifier.verify(token)).not.toBe(before)
  })
})

describe('revocation', () => {
  it('is asked on every use, also of a cached token', async () => {
    const revoked = new Set<string>()
    const { issuer, verifier } = setUp({
      revocation: { isRevoked: (principal) => revoked.has(principal.jti) },
    })
    const token = issuer.sign({ jti: 'one' })
    await verifier.verify(token)
    revoked.add('one')

    await expect(verifier.verify(token)).rejects.toEqual(refusal('token_revoked'))
  })

  it('fails closed when it throws', async () => {
    const isRevoked = () => Promise.reject(new Error('feed lost'))
    const { issuer, verifier } = setUp({ revocation: { isRevoked } })

    await expect(verifier.verify(issuer.sign())).rejects.toMatchObject({
      code: 'revocation_unavailable',
      status: 503,
    })
  })

  it.each([undefined, null, 0, ''])('takes the answer %j for revoked', async (answer) => {
    const isRevoked = () => answer as unknown as boolean
    const { issuer, verifier } = setUp({ revocation: { isRevoked } })

    await expect(verifier.verify(issuer.sign())).rejects.toEqual(refusal('token_revoked'))
  })
})

describe('options', () => {
  const keys = { issuer: 'https://id.test', audience: 'a', jwks: { keys: [] } }

  it.each<[string, object]>([
    ['HS256', { ...keys, algorithms: ['HS256'] }],
    ['none', { ...keys, algorithms: ['ES256', 'none'] }],
    ['no algorithm', { ...keys, algorithms: [] }],
    ['no audience', { ...keys, audience: [] }],
    ['an empty audience', { ...keys, audience: '' }],
    ['no issuer', { audience: 'a', issuer: [] }],
    ['an issuer that is no URL', { ...keys, issuer: 'id.test' }],
    ['an issuer with a query', { ...keys, issuer: 'https://id.test/?t=1' }],
    ['a tolerance over a minute', { ...keys, clockToleranceSeconds: 61 }],
    ['a negative tolerance', { ...keys, clockToleranceSeconds: -1 }],
    ['a tolerance that is no number', { ...keys, clockToleranceSeconds: Number.NaN }],
    ['a token size of 0', { ...keys, maxTokenBytes: 0 }],
    ['a typ with application/', { ...keys, typ: 'application/at+jwt' }],
    ['an empty typ', { ...keys, typ: '' }],
    ['one key set for several issuers', { ...keys, issuer: ['https://a.test', 'https://b.test'] }],
    ['one key set for all tenants', { ...keys, issuer: { tenantsOf: 'https://id.test' } }],
    [
      'one key address for several issuers',
      { audience: 'a', issuer: ['https://a.test', 'https://b.test'], jwksUri: 'https://a.test/k' },
    ],
    ['keys over plain http', { audience: 'a', issuer: 'http://id.test' }],
    ['a key address over plain http', { ...keys, jwks: undefined, jwksUri: 'http://id.test/k' }],
    ['what is no key set', { ...keys, jwks: {} }],
  ])('refuses %s', (_, options) => {
    expect(() => createVerifier(options as VerifierOptions)).toThrow(TypeError)
  })

  it.each(['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://id.test'])(
    'accepts keys from %s',
    (issuer) => {
      expect(createVerifier({ issuer, audience: 'a' })).toBeDefined()
    },
  )
})

describe('many tenants', () => {
  const base = 'https://id.test'
  const tenants = {
    acme: createTestIssuer({ issuer: `${base}/t/acme` }),
    globex: createTestIssuer({ issuer: `${base}/t/globex` }),
  }

  function multiTenant(options: Partial<VerifierOptions> = {}) {
    const fetched: string[] = []
    const verifier = createVerifier({
      issuer: { tenantsOf: `${base}/` },
      audience: 'https://api.test',
      fetch: async (url) => {
        fetched.push(url)
        const tenant = Object.values(tenants).find(({ issuer }) => url === `${issuer}/jwks.json`)
        if (tenant === undefined) return new Response('', { status: 404 })
        return Response.json(tenant.jwks)
      },
      ...options,
    })
    return { verifier, fetched }
  }

  it('accepts every tenant with its own keys', async () => {
    const { verifier } = multiTenant()

    expect((await verifier.verify(tenants.acme.sign())).issuer).toBe(`${base}/t/acme`)
    expect((await verifier.verify(tenants.globex.sign())).issuer).toBe(`${base}/t/globex`)
  })

  it('refuses a token signed with the key of another tenant', async () => {
    const { verifier } = multiTenant()
    await verifier.verify(tenants.globex.sign())
    const token = tenants.acme.sign({ iss: tenants.globex.issuer })

    await expect(verifier.verify(token)).rejects.toEqual(refusal('key_unknown'))
  })

  it.each([
    `${base}/t/`,
    `${base}/t/Acme`,
    `${base}/t/-acme`,
    `${base}/t/acme-`,
    `${base}/t/acme/..`,
    `${base}/t/acme?x`,
    `${base}/t/acme\n`,
    `${base}/t/${'a'.repeat(64)}`,
    `${base}.attacker.example/t/acme`,
    `${base}/acme`,
    base,
  ])('refuses issuer %j without a fetch', async (iss) => {
    const { verifier, fetched } = multiTenant()

    await expect(verifier.verify(tenants.acme.sign({ iss }))).rejects.toEqual(
      refusal('issuer_refused'),
    )
    expect(fetched).toEqual([])
  })

  it('needs a tenant in the token, unless told otherwise', async () => {
    const token = tenants.acme.sign({ tenant: undefined })

    await expect(multiTenant().verifier.verify(token)).rejects.toEqual(refusal('claim_missing'))
    expect(await multiTenant({ requireTenant: false }).verifier.verify(token)).toBeDefined()
  })

  it('answers key_unknown for a tenant that does not exist', async () => {
    const { verifier } = multiTenant()
    const token = tenants.acme.sign({ iss: `${base}/t/nobody` })

    await expect(verifier.verify(token)).rejects.toEqual(refusal('key_unknown'))
  })
})

describe('over HTTP', () => {
  const stop: (() => void)[] = []
  afterEach(() => {
    for (const end of stop.splice(0)) end()
  })

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    stop.push(
      () => server.closeAllConnections(),
      () => server.close(),
    )
    await once(server, 'listening')
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('fetches the key set of the issuer', async () => {
    let body = ''
    const base = await serve((request, response) => {
      response.statusCode = request.url === '/t/acme/jwks.json' ? 200 : 404
      response.end(body)
    })
    const issuer = createTestIssuer({ issuer: `${base}/t/acme` })
    body = JSON.stringify(issuer.jwks)
    const verifier = createVerifier({ issuer: issuer.issuer, audience: 'https://api.test' })

    expect((await verifier.verify(issuer.sign())).issuer).toBe(`${base}/t/acme`)
  })

  it('follows no redirect to other keys', async () => {
    let body = ''
    const elsewhere = await serve((_, response) => response.end(body))
    const base = await serve((_, response) => {
      response.writeHead(302, { location: elsewhere }).end()
    })
    const issuer = createTestIssuer({ issuer: base })
    body = JSON.stringify(issuer.jwks)
    const verifier = createVerifier({ issuer: base, audience: 'https://api.test' })

    await expect(verifier.verify(issuer.sign())).rejects.toEqual(refusal('keys_unavailable'))
  })
})
