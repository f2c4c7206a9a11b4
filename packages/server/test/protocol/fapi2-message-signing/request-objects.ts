import { UnsecuredJWT } from 'jose'
import { expect } from 'vitest'
import { type Changed, type FapiModules, type FapiPlan, newKeys } from '../../support/fapi-plan.ts'

const P = 'fapi2-security-profile-final'

/** RFC 9101: what a signed request has to be. */
export const requestObjectModules: FapiModules = {
  [`${P}-ensure-request-object-with-multiple-aud-succeeds: we are one of those it is for`]: (
    plan,
  ) => takes(plan, { claims: { aud: ['https://other.example', plan.tenant.issuer] } }),

  [`${P}-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted: clocks differ`]: (
    plan,
  ) => takes(plan, { claims: { nbf: plan.now + 8 } }),

  [`${P}-ensure-request-object-without-exp-fails: it would count for ever`]: (plan) =>
    refuses(plan, { claims: { exp: undefined } }),

  [`${P}-ensure-request-object-without-nbf-fails: it has to say since when`]: (plan) =>
    refuses(plan, { claims: { nbf: undefined } }),

  [`${P}-ensure-expired-request-object-fails: it is over`]: (plan) =>
    refuses(plan, { claims: { nbf: plan.now - 600, exp: plan.now - 300 } }),

  [`${P}-ensure-request-object-with-exp-over-60-fails: it may count for an hour at most`]: (plan) =>
    refuses(plan, { claims: { exp: plan.now + 70 * 60 } }),

  [`${P}-ensure-request-object-with-nbf-over-60-fails: and was made within the last hour`]: (
    plan,
  ) => refuses(plan, { claims: { nbf: plan.now - 70 * 60 } }),

  [`${P}-ensure-request-object-with-bad-aud-fails: it is for another server`]: (plan) =>
    refuses(plan, { claims: { aud: 'https://other.example' } }),

  [`${P}-ensure-signed-request-object-with-RS256-fails: nor is that algorithm taken`]: async (
    plan,
  ) => refuses(plan, { signedBy: await newKeys('RS256') }),

  [`${P}-ensure-request-object-signature-algorithm-is-not-none: nor no signature`]: async (
    plan,
  ) => {
    const { parameters } = await plan.parameters()
    const request = new UnsecuredJWT({ ...parameters })
      .setIssuer(plan.client.clientId)
      .setAudience(plan.tenant.issuer)
      .setNotBefore(plan.now)
      .setExpirationTime(plan.now + 60)
      .encode()

    await refuses(plan, {}, { request })
  },

  [`${P}-ensure-request-object-with-invalid-signature-fails: nor a changed one`]: async (plan) => {
    const { parameters } = await plan.parameters()
    const request = await plan.requestObject(parameters)

    await refuses(plan, {}, { request: `${request.slice(0, -8)}AAAAAAAA` })
  },

  [`${P}-ensure-matching-key-in-authorization-request: nor one by another client`]: (plan) =>
    refuses(plan, { signedBy: plan.other.keys }),

  [`${P}-ensure-unsigned-request-at-par-endpoint-fails: parameters alone are not enough`]: async (
    plan,
  ) => {
    const { parameters } = await plan.parameters()

    await refuses(plan, {}, { ...parameters, request: undefined }, 'invalid_request')
  },

  [`${P}-par-authorization-request-containing-request_uri: a request names no other one`]: (plan) =>
    refuses(plan, { claims: { request_uri: 'urn:ietf:params:oauth:request_uri:made-up' } }),
}

async function takes(plan: FapiPlan, request: Changed): Promise<void> {
  const { browser } = await plan.signedIn()
  const asked = await plan.authorize(browser, {}, { request })

  expect((await plan.redeem(asked)).statusCode).toBe(200)
}

async function refuses(
  plan: FapiPlan,
  request: Changed,
  form: Readonly<Record<string, string | undefined>> = {},
  error = 'invalid_request_object',
): Promise<void> {
  const { answer } = await plan.push({}, { request, form })

  expect([answer.statusCode, answer.json()]).toMatchObject([400, { error }])
  expect(answer.json()).not.toHaveProperty('request_uri')
}
