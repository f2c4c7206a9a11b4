import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { type KeyId, minutes, newId, seconds } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tenantState } from './tenant-state.ts'
import {
  putTogether,
  signAsTenant,
  signWithKey,
  signWithSecret,
  takeApart,
} from './token-forgery.ts'

/** Threat: something that is no access token of this tenant for this server passes as one. */
let world: World
let acme: Tenant
let globex: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  globex = await world.tenant()
})
beforeEach(async () => {
  ana = await world.actors.signedIn({ tenant: acme })
})
afterAll(() => world.close())

function me(token: string) {
  const nobody = world.actors.nobody(acme)
  return nobody.request({ url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } })
}

/** Presents the token; it must be refused, leave a record with this reason, and change nothing. */
async function expectRefused(token: string, reason: string): Promise<void> {
  const before = await tenantState(world, acme)

  const { result, events } = await auditedDuring(world, acme, () => me(token))

  expectProblem(result, 'invalid_token', 401)
  expect(String(result.headers['www-authenticate'])).toMatch(/^Bearer error="invalid_token"/)
  expect(events).toMatchObject([
    { action: 'access_token.refused', outcome: 'refused', details: { reason } },
  ])
  expect(await tenantState(world, acme)).toEqual(before)
}

const parts = () => takeApart(ana.accessToken ?? '')
const keyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

it('accepts the token that the refused ones are made from', async () => {
  const { claims } = parts()

  expect((await me(ana.accessToken ?? '')).statusCode).toBe(200)
  expect((await me(await signAsTenant(world, acme, claims))).statusCode).toBe(200)
})

describe('a token with a broken seal', () => {
  it('is refused when its payload was changed', async () => {
    const { header, claims, signature } = parts()
    const forged = { header, claims: { ...claims, roles: ['admin'] }, signature }

    await expectRefused(putTogether(forged), 'signature_invalid')
  })

  it('is refused when its signature was changed', async () => {
    const { header, claims, signature } = parts()
    const first = signature.startsWith('A') ? 'B' : 'A'

    await expectRefused(
      putTogether({ header, claims, signature: `${first}${signature.slice(1)}` }),
      'signature_invalid',
    )
  })

  it('is refused with an all-zero signature (CVE-2022-21449)', async () => {
    const signature = Buffer.alloc(64).toString('base64url')

    await expectRefused(putTogether({ ...parts(), signature }), 'signature_invalid')
  })

  it.each(['none', 'None', 'NONE'])('is refused unsigned, with alg %s', async (alg) => {
    const { header, claims } = parts()

    await expectRefused(
      putTogether({ header: { ...header, alg }, claims, signature: '' }),
      'algorithm_refused',
    )
  })

  it('is refused when it is a MAC under the public key (RFC 8725 §2.1)', async () => {
    const { header, claims } = parts()
    const jwks = await world.actors.nobody(acme).call('GET', '/jwks.json')
    const keys = jwks.json<{ keys: (JsonWebKey & { kid: string })[] }>().keys
    const jwk = keys.find((key) => key.kid === header['kid'])
    const pem = createPublicKey({ key: jwk ?? {}, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()

    await expectRefused(
      signWithSecret(pem, { ...header, alg: 'HS256' }, claims),
      'algorithm_refused',
    )
  })

  it('is refused when another key signed it under our key id', async () => {
    const { header, claims } = parts()

    await expectRefused(signWithKey(keyPair.privateKey, header, claims), 'signature_invalid')
  })

  it('is refused when it names a key that nobody published', async () => {
    const { header, claims } = parts()

    await expectRefused(
      signWithKey(keyPair.privateKey, { ...header, kid: newId('key') }, claims),
      'key_unknown',
    )
  })

  it.each([
    ['jwk', () => keyPair.publicKey.export({ format: 'jwk' })],
    ['jku', () => 'https://evil.test/jwks.json'],
    ['x5u', () => 'https://evil.test/cert.pem'],
    ['zip', () => 'DEF'],
  ])('is refused when it brings its own %s', async (name, value) => {
    const { header, claims } = parts()

    await expectRefused(
      signWithKey(keyPair.privateKey, { ...header, [name]: value() }, claims),
      'header_refused',
    )
  })

  it('is refused with a critical extension that we do not know (RFC 7515 §4.1.11)', async () => {
    const { claims } = parts()

    await expectRefused(
      await signAsTenant(world, acme, claims, { crit: ['exp'] }),
      'critical_header_refused',
    )
  })
})

describe('a token that our own key signed for something else', () => {
  it.each(['JWT', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', ''])(
    'is refused when its type is "%s" (RFC 9068 §4)',
    async (typ) => {
      await expectRefused(await signAsTenant(world, acme, parts().claims, { typ }), 'type_refused')
    },
  )

  it.each([
    ['is for another audience', { aud: 'https://other.test' }, 'audience_refused'],
    ['has no audience', { aud: undefined }, 'claim_missing'],
    ['is of another issuer', { iss: 'https://evil.test' }, 'issuer_refused'],
    ['has no expiry', { exp: undefined }, 'claim_missing'],
    ['has an expiry that is text', { exp: '99999999999' }, 'claim_invalid'],
    ['is bound to a key (RFC 9449 §7.1)', { cnf: { jkt: 'x' } }, 'binding_required'],
    ['has no session', { sid: undefined }, 'claims_of_another_kind'],
    ['has a session that is no id', { sid: 'usr_x' }, 'claims_of_another_kind'],
    ['names another tenant', { tenant: newId('ten') }, 'claims_of_another_kind'],
    ['lacks the scope of first-party tokens', { scope: 'openid profile' }, 'scope_missing'],
    ['has a longer scope that begins alike', { scope: 'account:read' }, 'scope_missing'],
    ['has no scope', { scope: undefined }, 'scope_missing'],
    ['is of another user than its session', { sub: newId('usr') }, 'session_over'],
    ['is of a session that never was', { sid: newId('ses') }, 'session_over'],
  ])('is refused when it %s', async (_, changed, reason) => {
    await expectRefused(await signAsTenant(world, acme, { ...parts().claims, ...changed }), reason)
  })
})

describe('a token whose time or right is over', () => {
  it('is refused once it expired, give or take what clocks may differ', async () => {
    world.clock.advance(minutes(10))
    world.clock.advance(CLOCK_TOLERANCE)

    const answer = await me(ana.accessToken ?? '')

    expectProblem(answer, 'invalid_token', 401)
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  })

  it('is refused in another tenant, whose trail records it', async () => {
    const gus = await world.actors.signedIn({ tenant: globex })

    await expectRefused(gus.accessToken ?? '', 'issuer_refused')
  })

  it('is refused in another tenant even when it names that tenant’s claims', async () => {
    const forged = await signAsTenant(world, globex, parts().claims)

    await expectRefused(forged, 'key_unknown')
  })

  it('is refused after its session ended', async () => {
    await ana.call('POST', '/api/auth/logout')

    await expectRefused(ana.accessToken ?? '', 'session_over')
  })

  it('is refused after its user was suspended', async () => {
    await world.app.identity.suspendUser(world.internalContext(acme), ana.userId)

    await expectRefused(ana.accessToken ?? '', 'session_over')
  })

  it('is refused after its user was deleted', async () => {
    await world.app.identity.deleteUser(world.internalContext(acme), ana.userId)

    await expectRefused(ana.accessToken ?? '', 'session_over')
  })

  it('is refused after its key was revoked', async () => {
    const key = parts().header['kid'] as KeyId
    await world.app.keys.revoke(world.internalContext(acme), key)

    await expectRefused(ana.accessToken ?? '', 'key_unknown')
  })
})

describe('one kind of credential in the place of another', () => {
  it('does not let a refresh token pass as access token', async () => {
    await expectRefused(ana.refreshToken ?? '', 'token_malformed')
  })

  it('does not let an access token pass as refresh token', async () => {
    const { result, actions } = await auditedDuring(world, acme, () =>
      world.actors.nobody(acme).refresh(ana.refreshToken?.replace('rft_', 'ses_')),
    )
    const tooLong = await world.actors.nobody(acme).refresh(ana.accessToken)

    expectProblem(result, 'invalid_refresh_token', 401)
    expectProblem(tooLong, 'invalid_request', 400)
    expect(actions).toEqual(['session.refresh_refused'])
    expect((await ana.refresh()).statusCode).toBe(200)
  })

  it('does not let a refresh token work in another tenant', async () => {
    const { result, actions } = await auditedDuring(world, globex, () =>
      world.actors.nobody(globex).refresh(ana.refreshToken),
    )

    expectProblem(result, 'invalid_refresh_token', 401)
    expect(actions).toEqual(['session.refresh_refused'])
    expect((await ana.refresh()).statusCode).toBe(200)
  })

  it('does not let a session cookie pass as bearer token', async () => {
    const ben = await world.actors.user({ tenant: acme })
    await ben.signInWithCookie()

    await expectRefused(ben.cookie?.split('=')[1] ?? '', 'token_malformed')
  })
})

/** Nodes that issue and nodes that verify may differ by this much. */
const CLOCK_TOLERANCE = seconds(5)
