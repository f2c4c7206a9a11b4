import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { SigningAlgorithm } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { chooseAlgorithms } from '../support/choose-algorithms.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tenantState } from './tenant-state.ts'
import { type Json, takeApart } from './token-forgery.ts'

/** Threat: a tenant has keys of several algorithms, and one key is taken for that of another. */
let world: World
let acme: Tenant
let ana: Actor

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant(undefined, { signing_algorithms: ['RS256', 'PS256', 'EdDSA'] })
  ana = await world.actors.signedIn({ tenant: acme })
})
afterAll(() => world.close())

/** Signed by the tenant's own key of that algorithm, under whatever header is wanted. */
async function signBy(algorithm: SigningAlgorithm, header: Json = {}): Promise<string> {
  const signer = await world.app.keys.signer(acme, algorithm)
  const { claims } = takeApart(ana.accessToken ?? '')
  const full = { typ: 'at+jwt', alg: algorithm, kid: signer.keyId, ...header }
  const input = [full, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${input}.${(await signer.sign(input)).toString('base64url')}`
}

function me(token: string) {
  const headers = { authorization: `Bearer ${token}` }
  return world.actors.nobody(acme).request({ url: '/api/auth/me', headers })
}

async function expectRefused(token: string, reason: string): Promise<void> {
  const before = await tenantState(world, acme)

  const { result, events } = await auditedDuring(world, acme, () => me(token))

  expectProblem(result, 'invalid_token', 401)
  expect(events).toMatchObject([
    { action: 'access_token.refused', outcome: 'refused', details: { reason } },
  ])
  expect(await tenantState(world, acme)).toEqual(before)
}

it.each<SigningAlgorithm>(['ES256', 'RS256', 'PS256', 'EdDSA'])(
  'accepts the %s token that the refused ones are made from',
  async (algorithm) => {
    expect((await me(await signBy(algorithm))).statusCode).toBe(200)
  },
)

it.each<[SigningAlgorithm, SigningAlgorithm]>([
  ['RS256', 'ES256'],
  ['RS256', 'PS256'],
  ['PS256', 'RS256'],
  ['EdDSA', 'ES256'],
  ['ES256', 'EdDSA'],
])('RFC 8725 §3.1: refuses a signature by %s under the key id of %s', async (signed, named) => {
  const { keyId: kid } = await world.app.keys.signer(acme, named)

  // The header tells the truth about the signature, then about the key.
  await expectRefused(await signBy(signed, { kid }), 'algorithm_refused')
  await expectRefused(await signBy(signed, { kid, alg: named }), 'signature_invalid')
})

it.each<[SigningAlgorithm, SigningAlgorithm]>([
  ['RS256', 'PS256'],
  ['PS256', 'RS256'],
  ['EdDSA', 'ES256'],
])('RFC 8725 §3.1: refuses a key of %s that is said to be one of %s', async (signed, said) => {
  await expectRefused(await signBy(signed, { alg: said }), 'algorithm_refused')
})

it('refuses a token of a key whose algorithm this tenant never chose', async () => {
  const globex = await world.tenant()
  const gus = await world.actors.signedIn({ tenant: globex })
  const foreign = await signBy('RS256')
  const { header } = takeApart(foreign)
  const { claims } = takeApart(gus.accessToken ?? '')
  const signer = await world.app.keys.signer(acme, 'RS256')
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const token = `${input}.${(await signer.sign(input)).toString('base64url')}`

  const { result, events } = await auditedDuring(world, globex, () =>
    world.actors
      .nobody(globex)
      .request({ url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } }),
  )

  expectProblem(result, 'invalid_token', 401)
  expect(events).toMatchObject([{ details: { reason: 'key_unknown' } }])
})

it('I4: a revoked RSA key ends what it signed at once', async () => {
  const token = await signBy('RS256')
  expect((await me(token)).statusCode).toBe(200)
  const { keyId } = await world.app.keys.signer(acme, 'RS256')

  await world.app.keys.revoke(world.internalContext(acme), keyId)

  await expectRefused(token, 'key_unknown')
})

it('I10: what an algorithm signed counts until it expires, though the tenant gave it up', async () => {
  const token = await signBy('EdDSA')

  await chooseAlgorithms(world, acme, ['RS256', 'PS256'])

  expect((await me(token)).statusCode).toBe(200)
})
