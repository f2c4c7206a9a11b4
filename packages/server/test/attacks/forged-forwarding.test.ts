import type { InjectOptions } from 'light-my-request'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import { auditedDuring, readAudit } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { mailTo } from './read-mail.ts'

/** Threat: headers that only a proxy of ours may send turn links, issuer, source or limits. */
let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld({ env: { COUNTERSIGN_RATE_LIMIT_SCALE: '1' } })
  acme = await world.tenant()
})
afterAll(() => world.close())

const FORGED = {
  host: 'evil.test',
  'x-forwarded-host': 'evil.test',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '443',
  'x-forwarded-for': '203.0.113.66',
  forwarded: 'for=203.0.113.66;host=evil.test;proto=https',
  'x-real-ip': '203.0.113.66',
  'x-original-url': '/t/system/api/system/tenants',
  'x-rewrite-url': '/t/system/api/system/tenants',
  'x-http-method-override': 'DELETE',
  'x-request-id': newId('req'),
}

function forged(options: InjectOptions, remoteAddress: string) {
  return world.actors
    .nobody(acme)
    .request({ ...options, remoteAddress, headers: { ...FORGED, ...options.headers } })
}

describe('forwarding headers of an untrusted peer', () => {
  it('do not reach the links in mail', async () => {
    const email = `${newId('usr').slice(4)}@example.test`
    const { result } = await auditedDuring(world, acme, () =>
      forged(
        {
          method: 'POST',
          url: '/api/auth/register',
          payload: { email, password: 'plum-orbit-lantern-42' },
        },
        '198.51.100.1',
      ),
    )
    await forged(
      { method: 'POST', url: '/api/auth/password/forgot', payload: { email } },
      '198.51.100.1',
    )

    expect(result.statusCode).toBe(202)
    for (const mail of await mailTo(world, email, 2)) {
      expect(mail.text).toContain(`http://localhost:4820/t/${acme.slug}/`)
      expect(JSON.stringify(mail)).not.toContain('evil.test')
    }
  })

  it('do not reach the issuer, the metadata or a token', async () => {
    const ana = await world.actors.user({ tenant: acme })
    const { email, password } = ana.identity
    const metadata = await forged({ url: '/.well-known/openid-configuration' }, '198.51.100.2')
    const login = await forged(
      { method: 'POST', url: '/api/auth/login', payload: { email, password } },
      '198.51.100.2',
    )

    expect(metadata.json()).toMatchObject({
      issuer: acme.issuer,
      jwks_uri: `${acme.issuer}/jwks.json`,
    })
    const payload = String(login.json().access_token).split('.')[1] ?? ''
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(claims).toMatchObject({ iss: acme.issuer, aud: acme.issuer })
    expect(login.headers['x-request-id']).not.toBe(FORGED['x-request-id'])
  })

  it('do not become the source in the audit trail or in the list of sessions', async () => {
    const ana = await world.actors.user({ tenant: acme })
    const { email, password } = ana.identity
    const { events } = await auditedDuring(world, acme, async () => {
      const payload = { email, password }
      const login = await forged(
        { method: 'POST', url: '/api/auth/login', payload },
        '198.51.100.3',
      )
      ana.accessToken = login.json().access_token
    })

    expect(new Set(events.map((event) => event.source_ip))).toEqual(new Set(['198.51.100.3']))
    const sessions = await ana.call('GET', '/api/auth/sessions')
    expect(sessions.json().data[0].ip).toBe('198.51.100.3')
  })

  it('give nobody a fresh budget of requests', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 7; count++) {
      const answer = await forged(
        {
          method: 'POST',
          url: '/api/auth/password/forgot',
          payload: { email: 'x@example.test' },
          headers: { 'x-forwarded-for': `203.0.113.${count}`, host: `h${count}.test` },
        },
        '198.51.100.4',
      )
      statuses.push(answer.statusCode)
    }

    expect(statuses).toEqual([202, 202, 202, 202, 202, 429, 429])
  })

  it('turn no request into one for another path or method', async () => {
    const answer = await forged({ url: '/api/auth/password/policy' }, '198.51.100.5')

    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toHaveProperty('minimum_characters')
  })
})

describe('forwarding headers of a trusted proxy', () => {
  it('name the client, but only as far as the proxy vouches for it', async () => {
    const proxied = await openWorld({ env: { COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.0/8' } })
    const tenant = await proxied.tenant()
    const ask = (remoteAddress: string, forwardedFor: string) =>
      proxied.actors.nobody(tenant).request({
        method: 'POST',
        url: '/api/auth/login',
        payload: { email: 'x@example.test', password: 'wrong-guess-1234' },
        remoteAddress,
        headers: { 'x-forwarded-for': forwardedFor, host: 'evil.test' },
      })

    await ask('10.1.2.3', '203.0.113.9')
    await ask('10.1.2.3', '192.0.2.66, 203.0.113.10')
    await ask('192.0.2.7', '203.0.113.11')

    const sources = (await readAudit(proxied, tenant)).map((event) => event.source_ip)
    expect(sources).toEqual(['203.0.113.9', '203.0.113.10', '192.0.2.7'])
    await proxied.close()
  })

  it('name the request only if the name has the form of ours', async () => {
    const proxied = await openWorld({ env: { COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.0/8' } })
    const tenant = await proxied.tenant()
    const ask = (remoteAddress: string, name: string) =>
      proxied.actors.nobody(tenant).request({
        url: '/api/auth/password/policy',
        remoteAddress,
        headers: { 'x-request-id': name },
      })
    const name = newId('req')

    expect((await ask('10.1.2.3', name)).headers['x-request-id']).toBe(name)
    expect((await ask('192.0.2.7', name)).headers['x-request-id']).not.toBe(name)
    for (const wrong of ['x', newId('usr'), `${name}\t`, '<script>']) {
      const answer = await ask('10.1.2.3', wrong)
      expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{26}$/)
      expect(answer.headers['x-request-id']).not.toBe(wrong)
    }
    await proxied.close()
  })
})
