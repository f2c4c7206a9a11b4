import { createHash } from 'node:crypto'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientMetadata } from '../../../src/domains/oauth/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { type MadeCertificate, makeCertificate } from '../../support/certificates.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { authorize } from '../../support/authorize.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, REDIRECT_URI, registerRelyingParty } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'

const authority = makeCertificate({ subject: 'CN=Client CA', isAuthority: true })
const server = makeCertificate({ subject: 'CN=localhost', names: 'DNS:localhost' })
const client = makeCertificate({
  subject: 'C=DE\nO=Bank, AG\nCN=payments',
  names: 'DNS:client.example,URI:https://client.example/id,IP:::1,email:ops@client.example',
  by: authority,
})
const otherOfAuthority = makeCertificate({ subject: 'CN=other', by: authority })
const selfMade = makeCertificate({
  subject: 'C=DE\nO=Bank, AG\nCN=payments',
  names: 'DNS:client.example',
})
const expired = makeCertificate({
  subject: 'C=DE\nO=Bank, AG\nCN=payments',
  by: authority,
  isExpired: true,
})

let world: World
let tenant: Tenant

beforeAll(async () => {
  world = await open({ COUNTERSIGN_TLS_CLIENT_CA: authority.cert })
  tenant = await world.tenant(undefined, { audiences: [API] })
})
afterAll(() => world.close())

async function open(env: Record<string, string>): Promise<World> {
  const tls = { COUNTERSIGN_TLS_CERTIFICATE: server.cert, COUNTERSIGN_TLS_KEY: server.key }
  const opened = await openWorld({
    clock: new RunningClock(),
    env: { COUNTERSIGN_BASE_URL: 'http://localhost:4820', ...tls, ...env },
  })
  await opened.app.http.listen({ host: '127.0.0.1', port: 0 })
  return opened
}

interface Sent {
  readonly path: string
  readonly certificate?: MadeCertificate | undefined
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A request over a TLS socket of its own. */
function send(on: World, { path, certificate, form, headers }: Sent) {
  const { port } = on.app.http.server.address() as AddressInfo
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      path,
      method: form === undefined ? 'GET' : 'POST',
      ca: server.cert,
      agent: false,
      ...(certificate === undefined ? {} : { key: certificate.key, cert: certificate.cert }),
      headers: {
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
    })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => {
        const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
        resolve({ status: answer.statusCode ?? 0, body })
      })
    })
    asked.end(form === undefined ? undefined : new URLSearchParams(form).toString())
  })
}

async function ask(
  metadata: Partial<ClientMetadata>,
  certificate: MadeCertificate | undefined,
  headers: Record<string, string> = {},
  at: { readonly on: World; readonly tenant: Tenant } = { on: world, tenant },
) {
  const { on } = at
  const created = await on.app.clients.create(on.internalContext(at.tenant), {
    profile: 'service',
    name: 'Bank',
    metadata: {
      scope: 'read',
      resources: [API],
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      ...metadata,
    },
  })
  const form = { grant_type: 'client_credentials', client_id: created.client.id, scope: 'read' }
  return send(on, { path: `/t/${at.tenant.slug}/oauth/token`, certificate, form, headers })
}

const DN = { tls_client_auth_subject_dn: 'CN=payments,O=Bank\\, AG,C=DE' }

describe('RFC 8705 §2.1: a certificate of the operator’s authority', () => {
  it.each([
    DN,
    { tls_client_auth_san_dns: 'client.example' },
    { tls_client_auth_san_uri: 'https://client.example/id' },
    { tls_client_auth_san_ip: '::1' },
    { tls_client_auth_san_email: 'ops@client.example' },
  ])('authenticates the client with %o, and binds its token', async (subject) => {
    const { status, body } = await ask(subject, client)

    expect([status, body]).toEqual([200, expect.anything()])
    expect(decodeClaims(String(body['access_token']))['cnf']).toEqual({
      'x5t#S256': thumbprint(client),
    })
  })

  it.each([
    ['of another subject', otherOfAuthority],
    ['that the client made itself', selfMade],
    ['whose time is over', expired],
    ['that is not there', undefined],
  ])('is not one %s', async (_which, certificate) => {
    expect(await ask(DN, certificate)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
  })

  it('is not one that a header tells of', async () => {
    const headers = {
      'client-cert': `:${client.x509.raw.toString('base64')}:`,
      'x-ssl-client-verify': 'SUCCESS',
    }

    expect((await ask(DN, undefined, headers)).status).toBe(401)
    expect((await ask(DN, otherOfAuthority, headers)).status).toBe(401)
  })

  it('is not one at a server without authorities for clients', async () => {
    // As if the authority were one of the public web, which the TLS stack takes without ours.
    const ofWeb = getCACertificates('default')
    setDefaultCACertificates([...ofWeb, authority.cert])
    const on = await open({})
    const at = await on.tenant(undefined, { audiences: [API] })

    expect((await ask(DN, client, {}, { on, tenant: at })).status).toBe(401)
    const discovery = await send(on, { path: `/t/${at.slug}/.well-known/openid-configuration` })
    const methods = discovery.body['token_endpoint_auth_methods_supported']
    expect(methods).not.toContain('tls_client_auth')
    expect(methods).toContain('self_signed_tls_client_auth')
    setDefaultCACertificates(ofWeb)
    await on.close()
  })

  it('is not the one of the proxy in front', async () => {
    const on = await open({
      COUNTERSIGN_TLS_CLIENT_CA: authority.cert,
      COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1',
    })
    const at = await on.tenant(undefined, { audiences: [API] })

    expect((await ask(DN, client, {}, { on, tenant: at })).status).toBe(401)
    await on.close()
  })
})

describe('RFC 8705 §2.2: a certificate that the client made', () => {
  const jwks = {
    keys: [
      {
        ...selfMade.x509.publicKey.export({ format: 'jwk' }),
        x5c: [selfMade.x509.raw.toString('base64')],
      },
    ],
  }
  const registered = { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks } as const

  it('authenticates it, if it is the registered one', async () => {
    const { status, body } = await ask(registered, selfMade)

    expect(status).toBe(200)
    expect(decodeClaims(String(body['access_token']))['cnf']).toEqual({
      'x5t#S256': thumbprint(selfMade),
    })
    expect((await ask(registered, client)).status).toBe(401)
  })
})

it('RFC 8705 §3: a bound token works with its certificate only', async () => {
  const party = await registerRelyingParty(world, {
    tenant,
    metadata: {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      grant_types: ['authorization_code', 'refresh_token'],
      scope: 'openid offline_access',
      ...DN,
    },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const { callback, verifier } = await authorize(new Browser(world, ana), party)
  const path = `/t/${tenant.slug}/oauth/token`
  const redeemed = await send(world, {
    path,
    certificate: client,
    form: {
      grant_type: 'authorization_code',
      client_id: party.clientId,
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
    },
  })
  expect([redeemed.status, redeemed.body]).toEqual([200, expect.anything()])

  const userinfo = (certificate: MadeCertificate | undefined) =>
    send(world, {
      path: `/t/${tenant.slug}/oauth/userinfo`,
      certificate,
      headers: { authorization: `Bearer ${String(redeemed.body['access_token'])}` },
    })
  expect(await userinfo(client)).toMatchObject({ status: 200, body: { sub: ana.userId } })
  expect((await userinfo(otherOfAuthority)).status).toBe(401)
  expect((await userinfo(undefined)).status).toBe(401)
})

function thumbprint({ x509 }: MadeCertificate): string {
  return createHash('sha256').update(x509.raw).digest('base64url')
}
