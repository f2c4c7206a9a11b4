import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createHash, X509Certificate } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { API } from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { RunningClock } from '../../support/running-clock.ts'

let world: World
let direct: World
let tenant: Tenant
let own: X509Certificate
let other: X509Certificate

beforeAll(async () => {
  own = makeCertificate()
  other = makeCertificate()
  world = await openWorld({
    clock: new RunningClock(),
    env: { COUNTERSIGN_TRUSTED_PROXIES: '127.0.0.1' },
  })
  direct = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant(undefined, { audiences: [API] })
})
afterAll(async () => {
  await world.close()
  await direct.close()
})

function makeCertificate(): X509Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=client -days 1'
  execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  const made = new X509Certificate(readFileSync(cert))
  rmSync(folder, { recursive: true })
  return made
}

async function register(on: World, at: Tenant) {
  const jwk = own.publicKey.export({ format: 'jwk' })
  const { client } = await on.app.clients.create(on.internalContext(at), {
    profile: 'service',
    name: 'Bank',
    metadata: {
      scope: 'read',
      resources: [API],
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      tls_client_certificate_bound_access_tokens: true,
      jwks: { keys: [{ ...jwk, x5c: [own.raw.toString('base64')] }] },
    },
  })
  return client.id
}

async function ask(on: World, at: Tenant, certificate: X509Certificate | undefined) {
  return on.app.http.inject({
    method: 'POST',
    url: `/t/${at.slug}/oauth/token`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      // RFC 9440 §2.2.
      ...(certificate === undefined
        ? {}
        : { 'client-cert': `:${certificate.raw.toString('base64')}:` }),
    },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: await register(on, at),
      scope: 'read',
    }).toString(),
  })
}

it('RFC 8705 §3: binds the token to the certificate that the proxy tells', async () => {
  const answer = await ask(world, tenant, own)

  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)])
  expect(decodeClaims(answer.json<{ access_token: string }>().access_token)['cnf']).toEqual({
    'x5t#S256': createHash('sha256').update(own.raw).digest('base64url'),
  })
})

it('RFC 8705 §2.2: refuses a certificate that is not registered, and none', async () => {
  expect((await ask(world, tenant, other)).statusCode).toBe(401)
  expect((await ask(world, tenant, undefined)).statusCode).toBe(401)
})

it('RFC 9440 §4: believes the header of nobody but the proxy', async () => {
  const at = await direct.tenant(undefined, { audiences: [API] })

  expect((await ask(direct, at, own)).statusCode).toBe(401)
})
