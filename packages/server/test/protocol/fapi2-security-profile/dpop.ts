import { calculateJwkThumbprint, exportJWK, UnsecuredJWT } from 'jose'
import { expect } from 'vitest'
import { type Changed, type FapiModules, type FapiPlan, newKeys } from '../../support/fapi-plan.ts'

const P = 'fapi2-security-profile-final'

/** RFC 9449: what a proof has to be, and what it is bound to. */
export const dpopModules: FapiModules = {
  [`${P}-check-dpop-proof-nbf-exp: further times do no harm`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const proof = { claims: { nbf: plan.now, exp: plan.now + 300 } }
    const answer = await plan.redeem(await plan.authorize(browser), { proof })
    const { access_token } = answer.json<{ access_token: string }>()

    expect((await plan.resource(access_token, { proof })).statusCode).toBe(200)
  },

  [`${P}-ensure-dpopproof-with-iat-10seconds-before-succeeds: clocks differ`]: (plan) =>
    takesProofFrom(plan, -10),

  [`${P}-ensure-dpopproof-with-iat-10seconds-after-succeeds: clocks differ`]: (plan) =>
    takesProofFrom(plan, 10),

  [`${P}-ensure-mismatched-dpop-jkt-fails: a request names the key that it proves`]: async (
    plan,
  ) => {
    const { answer } = await plan.push({ dpop_jkt: await otherThumbprint() }, { proven: true })

    expect(answer.statusCode).toBe(400)
    expect(answer.json<{ error: string }>().error).toMatch(/^invalid_(?:request|dpop_proof)$/)
  },

  [`${P}-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt: a code is bound by the proof`]:
    async (plan) => {
      const { browser } = await plan.signedIn()
      const asked = await plan.authorize(browser, {}, { proven: true })

      const answer = await plan.redeem(asked, { proof: { signedBy: await newKeys() } })

      expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: 'invalid_grant' }])
    },

  [`${P}-ensure-token-endpoint-fails-with-mismatched-dpop-jkt: a code is bound by the name`]:
    async (plan) => {
      const { browser } = await plan.signedIn()
      const asked = await plan.authorize(browser, { dpop_jkt: await otherThumbprint() })

      const answer = await plan.redeem(asked)

      expect([answer.statusCode, answer.json()]).toMatchObject([400, { error: 'invalid_grant' }])
    },

  [`${P}-ensure-dpopproof-at-par-endpoint-binding-success: the same key redeems`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const asked = await plan.authorize(browser, {}, { proven: true })

    expect((await plan.redeem(asked)).statusCode).toBe(200)
  },

  [`${P}-ensure-dpop-auth-code-binding-success: the key that was named redeems`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const dpop_jkt = await calculateJwkThumbprint(plan.dpopKeys.publicJwk)
    const asked = await plan.authorize(browser, { dpop_jkt }, { proven: true })

    expect((await plan.redeem(asked)).statusCode).toBe(200)
  },

  [`${P}-dpop-negative-tests: a token opens nothing without a right proof`]: async (plan) => {
    const { browser } = await plan.signedIn()
    const { access_token: token } = await plan.obtain(browser)
    const statusWith = async (proof: Changed) => (await plan.resource(token, { proof })).statusCode

    for (const [what, wrong] of Object.entries(await wrongProofs(plan))) {
      expect([what, await statusWith(wrong)]).toEqual([what, expect.toBeOneOf([400, 401])])
    }
    for (const [what, right] of Object.entries(rightProofs(plan))) {
      expect([what, await statusWith(right)]).toEqual([what, 200])
    }
    const jti = crypto.randomUUID()
    expect(await statusWith({ claims: { jti } })).toBe(200)
    expect(await statusWith({ claims: { jti } })).toBe(401)
    for (const [what, proofs] of Object.entries(wrongHeaders(plan, token))) {
      const { statusCode } = await plan.resource(token, { proofs })
      expect([what, statusCode]).toEqual([what, expect.toBeOneOf([400, 401])])
    }
    const asBearer = await plan.resource(token, { scheme: 'Bearer', proofs: async () => [] })
    expect(asBearer.statusCode).toBe(401)
    expect((await plan.resource(token)).statusCode).toBe(200)
  },
}

async function wrongProofs(plan: FapiPlan): Promise<Record<string, Changed>> {
  const missing = (...names: string[]) =>
    Object.fromEntries(
      names.map((name) => [`no ${name}`, { claims: { [name]: undefined } } satisfies Changed]),
    )
  const { d } = await exportJWK(plan.dpopKeys.privateKey)
  return {
    ...missing('jti', 'htm', 'htu', 'iat', 'ath'),
    'no typ': { header: { typ: undefined } },
    'no jwk': { header: { jwk: undefined } },
    'another typ': { header: { typ: 'jwt' } },
    'a private key': { header: { jwk: { ...plan.dpopKeys.publicJwk, d } } },
    RS256: { signedBy: await newKeys('RS256') },
    'a signature of another key': {
      signedBy: await newKeys(),
      header: { jwk: plan.dpopKeys.publicJwk },
    },
    'another key': { signedBy: await newKeys() },
    'another method': { claims: { htm: 'PUT' } },
    'another address': { claims: { htu: 'https://other.example/resource' } },
    'the hash of another token': { claims: { ath: 'a'.repeat(43) } },
    'a time of an hour ago, and no nonce': {
      claims: { iat: plan.now - 3_600, nonce: undefined },
    },
    'a time in an hour, and no nonce': { claims: { iat: plan.now + 3_600, nonce: undefined } },
  }
}

function rightProofs(plan: FapiPlan): Record<string, Changed> {
  const htu = plan.urlOf('/oauth/userinfo')
  return {
    'an address with query and fragment': { claims: { htu: `${htu}?a=b#c` } },
    'an address in other letters': { claims: { htu: htu.replace('http://l', 'HTTP://L') } },
    'members that nobody knows': { claims: { extra: 1 }, header: { extra: 1 } },
  }
}

type Proofs = (usual: () => Promise<string>) => Promise<string[]>

function wrongHeaders(plan: FapiPlan, accessToken: string): Record<string, Proofs> {
  return {
    none: async () => [],
    'two proofs': async (usual) => [await usual(), await usual()],
    'no JWT': async () => ['not-a-proof'],
    'a JWT without a signature': async () => [
      new UnsecuredJWT({ accessToken, htm: 'GET', htu: plan.urlOf('/oauth/userinfo') }).encode(),
    ],
    'a changed signature': async (usual) => [`${(await usual()).slice(0, -8)}AAAAAAAA`],
  }
}

/** In the pushed request, at the token endpoint, at the resource. */
async function takesProofFrom(plan: FapiPlan, seconds: number): Promise<void> {
  const { browser } = await plan.signedIn()
  const proof = { claims: { iat: plan.now + seconds } }
  const asked = await plan.authorize(browser, {}, { proven: true, proof })
  const answer = await plan.redeem(asked, { proof })
  const { access_token } = answer.json<{ access_token: string }>()

  expect((await plan.resource(access_token, { proof })).statusCode).toBe(200)
}

async function otherThumbprint(): Promise<string> {
  return calculateJwkThumbprint((await newKeys()).publicJwk)
}
