import { createHash, type X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let stranger: World
let tenant: Tenant
const own = makeCertificate().x509
const other = makeCertificate().x509

beforeAll(async () => {
  const open = (env: Record<string, string>) => openWorld({ clock: new RunningClock(), env })
  world = await open({
    COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1',
    COUNTERSIGN_MTLS_BASE_URL: 'https://mtls.example',
  })
  stranger = await open({ COUNTERSIGN_TRUSTED_PROXIES: '192.0.2.1' })
  tenant = await world.tenant(undefined, { audiences: [API] })
})
afterAll(async () => {
  await world.close()
  await stranger.close()
})

type Method = 'self_signed_tls_client_auth' | 'tls_client_auth'

async function register(on: World, at: Tenant, method: Method) {
  const jwk = own.publicKey.export({ format: 'jwk' })
  const { client } = await on.app.clients.create(on.internalContext(at), {
    profile: 'service',
    name: 'Bank',
    metadata: {
      scope: 'read',
      resources: [API],
      token_endpoint_auth_method: method,
      tls_client_certificate_bound_access_tokens: true,
      ...(method === 'tls_client_auth'
        ? { tls_client_auth_subject_dn: 'CN=client' }
        : { jwks: { keys: [{ ...jwk, x5c: [own.raw.toString('base64')] }] } }),
    },
  })
  return client.id
}

interface Asked {
  readonly on?: World
  readonly at?: Tenant
  readonly method?: Method
  readonly certificate?: X509Certificate
  readonly verified?: string
}

async function ask({ on = world, at = tenant, certificate, verified, method }: Asked) {
  return on.app.http.inject({
    method: 'POST',
    url: `/t/${at.slug}/oauth/token`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 9440 §2.2.
      ...(certificate === undefined
        ? {}
        : { 'client-cert': `:${certificate.raw.toString('base64')}:` }),
      ...(verified === undefined ? {} : { 'x-ssl-client-verify': verified }),
    },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: await register(on, at, method ?? 'self_signed_tls_client_auth'),
      scope: 'read',
    }).toString(),
  })
}

it('RFC 8705 §3: binds the token to the certificate that the proxy tells', async () => {
  const answer = await ask({ certificate: own })

  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)])
  expect(decodeClaims(answer.json<{ access_token: string }>().access_token)['cnf']).toEqual({
    'x5t#S256': createHash('sha256').update(own.raw).digest('base64url'),
  })
})

it('RFC 8705 §2.2: refuses a certificate that is not registered, and none', async () => {
  expect((await ask({ certificate: other })).statusCode).toBe(401)
  expect((await ask({})).statusCode).toBe(401)
})

it('RFC 8705 §2.1: takes a subject whose chain the proxy verified', async () => {
  const asked = { certificate: own, method: 'tls_client_auth' } as const

  expect((await ask({ ...asked, verified: 'SUCCESS' })).statusCode).toBe(200)
})

it.each([undefined, 'NONE', 'FAILED:self signed certificate', 'success'])(
  'RFC 8705 §2.1: takes no subject of a certificate that the proxy calls %s',
  async (verified) => {
    const asked = { certificate: own, method: 'tls_client_auth' } as const

    const answer = await ask(verified === undefined ? asked : { ...asked, verified })
    expect(answer.statusCode).toBe(401)
  },
)

it('RFC 9440 §4: believes the headers of nobody but the proxy', async () => {
  const at = await stranger.tenant(undefined, { audiences: [API] })
  const asked = { on: stranger, at, certificate: own, verified: 'SUCCESS' }

  expect((await ask(asked)).statusCode).toBe(401)
  expect((await ask({ ...asked, method: 'tls_client_auth' })).statusCode).toBe(401)
})

it('RFC 8705 §5: tells where certificates are asked for', async () => {
  const answer = await world.app.http.inject({
    url: `/t/${tenant.slug}/.well-known/openid-configuration`,
  })

  const metadata = answer.json<Record<string, unknown>>()
  expect(metadata['mtls_endpoint_aliases']).toMatchObject({
    token_endpoint: `https://mtls.example/t/${tenant.slug}/oauth/token`,
    userinfo_endpoint: `https://mtls.example/t/${tenant.slug}/oauth/userinfo`,
  })
  expect(metadata['token_endpoint_auth_methods_supported']).toEqual(
    expect.arrayContaining(['tls_client_auth', 'self_signed_tls_client_auth']),
  )
})
