import type { Server } from 'node:http'
import type { Response as InjectResponse } from 'light-my-request'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginPasskeySignIn,
  beginRegistration,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
} from './open-passkey-world.ts'
import { type CredentialJson, type Options, serveForeignPage } from './passkey-browser.ts'

describe.skipIf(skipWithoutChromium())('a registration is refused', () => {
  let world: PasskeyWorld
  let acme: Tenant
  let foreign: { port: number; server: Server }

  beforeAll(async () => {
    world = await openPasskeyWorld()
    acme = await world.tenant()
    foreign = await serveForeignPage()
  })

  afterAll(async () => {
    foreign.server.close()
    await world.close()
  })

  beforeEach(async () => {
    await world.goHome()
    await world.browser.useAuthenticator()
  })

  const signedIn = (tenant = acme) => world.actors.signedIn({ tenant })

  async function create(actor: Actor, changes: Options = {}): Promise<CredentialJson> {
    const options = optionsOf(await beginRegistration(actor))
    return world.browser.create({ ...options, ...changes })
  }

  async function expectRefused(
    actor: Actor,
    complete: () => Promise<InjectResponse>,
    reason: string,
    code = 'webauthn_registration_refused',
  ): Promise<void> {
    const { result, events } = await auditedDuring(world, actor.tenant, complete)
    expectProblem(result, code, 422)
    expect(events).toMatchObject([
      { action: 'webauthn.registration_refused', outcome: 'refused', details: { reason } },
    ])
    const { credentials } = (await actor.call('GET', '/api/auth/webauthn/credentials')).json()
    expect(credentials.filter(({ name }: { name: string }) => name !== 'First')).toEqual([])
  }

  it('when its answer was used before', async () => {
    const ana = await signedIn()
    const created = await create(ana)
    await completeRegistration(ana, created, 'First')

    await expectRefused(ana, () => completeRegistration(ana, created), 'challenge_unusable')
  })

  it('when one of 50 parallel requests used its answer', async () => {
    const ana = await signedIn()
    const created = await create(ana)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => completeRegistration(ana, created)),
    )

    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    // The rate limit is out of the way in tests, so every other one came to the challenge.
    expect(statuses.filter((status) => status === 422)).toHaveLength(49)
  })

  it('when it was begun by somebody else', async () => {
    const [ana, ben] = [await signedIn(), await signedIn()]
    const created = await create(ben)

    await expectRefused(ana, () => completeRegistration(ana, created), 'challenge_unusable')
  })

  it('when it was begun in another session of the same user', async () => {
    const ana = await signedIn()
    const created = await create(ana)
    await ana.signIn()

    await expectRefused(ana, () => completeRegistration(ana, created), 'challenge_unusable')
  })

  it('when it comes after five minutes', async () => {
    const ana = await signedIn()
    const created = await create(ana)
    world.clock.advance(minutes(5))

    await expectRefused(ana, () => completeRegistration(ana, created), 'challenge_unusable')
  })

  it('when its challenge was made for a sign-in', async () => {
    const ana = await signedIn()
    const { options } = await beginPasskeySignIn(ana)
    const created = await create(ana, { challenge: options['challenge'] })

    await expectRefused(ana, () => completeRegistration(ana, created), 'challenge_unusable')
  })

  it('when the page was of another origin', async () => {
    const ana = await signedIn()
    const options = optionsOf(await beginRegistration(ana))
    await world.browser.visit(`http://localhost:${foreign.port}/`)
    const created = await world.browser.create(options)

    await expectRefused(ana, () => completeRegistration(ana, created), 'attestation_not_valid')
  })

  it.each([{ crossOrigin: true }, { topOrigin: 'https://elsewhere.test' }])(
    'when the page was in a frame of another site, as in %j',
    async (frame) => {
      const ana = await signedIn()
      const { response, ...created } = await create(ana)
      const text = Buffer.from(String(response['clientDataJSON']), 'base64url').toString()
      const data = JSON.stringify({ ...JSON.parse(text), ...frame })
      const clientDataJSON = Buffer.from(data).toString('base64url')
      const framed = { ...created, response: { ...response, clientDataJSON } }

      await expectRefused(ana, () => completeRegistration(ana, framed), 'challenge_unusable')
    },
  )

  it('when the credential is of another relying party', async () => {
    const ana = await signedIn()
    const options = optionsOf(await beginRegistration(ana))
    await world.browser.visit(`http://app.localhost:${world.port}/openapi.json`)
    const created = await world.browser.create({
      ...options,
      rp: { id: 'app.localhost', name: 'x' },
    })

    await expectRefused(ana, () => completeRegistration(ana, created), 'attestation_not_valid')
  })

  it('when the user was not verified and the tenant demands it', async () => {
    const strict = await world.tenant(undefined, { webauthn_user_verification: 'required' })
    const ana = await signedIn(strict)
    const options = optionsOf(await beginRegistration(ana))
    await world.browser.useAuthenticator(SECURITY_KEY)
    const created = await world.browser.create(unverified(options))

    await expectRefused(ana, () => completeRegistration(ana, created), 'attestation_not_valid')
  })

  it('not for that, when the tenant only prefers it', async () => {
    const ana = await signedIn()
    const options = optionsOf(await beginRegistration(ana))
    await world.browser.useAuthenticator(SECURITY_KEY)
    const created = await world.browser.create(unverified(options))

    expect((await completeRegistration(ana, created)).statusCode).toBe(201)
  })

  it('when the tenant lists authenticators and this is none of them', async () => {
    const strict = await world.tenant(undefined, { webauthn_allowed_aaguids: [OTHER_AAGUID] })
    const ana = await signedIn(strict)
    const created = await create(ana)

    const complete = () => completeRegistration(ana, created)
    await expectRefused(ana, complete, 'authenticator', 'authenticator_not_allowed')
  })

  it('when the tenant lists authenticators and this one says nothing of itself', async () => {
    const strict = await world.tenant(undefined, { webauthn_allowed_aaguids: [CHROMIUM_AAGUID] })
    const ana = await signedIn(strict)
    const created = await create(ana, { attestation: 'none' })

    await expectRefused(ana, () => completeRegistration(ana, created), 'attestation_not_valid')
  })

  it('not when the authenticator is on the list', async () => {
    const listed = [OTHER_AAGUID, CHROMIUM_AAGUID.toUpperCase()]
    const strict = await world.tenant(undefined, { webauthn_allowed_aaguids: listed })
    const ana = await signedIn(strict)
    const created = await create(ana)

    const answer = await completeRegistration(ana, created)

    expect(answer.json()).toMatchObject({ credential: { aaguid: CHROMIUM_AAGUID } })
  })

  it('when its parts do not belong together or are not what they seem', async () => {
    const ana = await signedIn()
    const other = await create(ana)
    const changes: ((made: CredentialJson) => CredentialJson)[] = [
      (made) => ({ ...made, id: other.id, rawId: other.rawId }),
      (made) => ({ ...made, response: { ...made.response, attestationObject: 'AAAA' } }),
    ]
    for (const change of changes) {
      const created = change(await create(ana))

      await expectRefused(ana, () => completeRegistration(ana, created), 'attestation_not_valid')
    }
    const { response } = await create(ana)
    const scrambled = { ...other, response: { ...response, clientDataJSON: 'AAAA' } }
    await expectRefused(ana, () => completeRegistration(ana, scrambled), 'challenge_unusable')
  })

  it('as malformed when it is no credential at all', async () => {
    const ana = await signedIn()
    const created = await create(ana)
    const changes = [{ rawId: 'AAAA' }, { type: 'password' }, { id: '!' }, { response: {} }]

    for (const change of changes) {
      const answer = await completeRegistration(ana, { ...created, ...change })
      expectProblem(answer, 'invalid_request', 400)
    }
  })

  it('where the tenant uses no second factors', async () => {
    const plain = await world.tenant(undefined, { mfa_policy: 'off' })

    expectProblem(await beginRegistration(await signedIn(plain)), 'mfa_disabled', 403)
  })
})

function unverified(options: Options): Options {
  const selection = options['authenticatorSelection'] as Options
  return {
    ...options,
    authenticatorSelection: { ...selection, userVerification: 'discouraged' },
  }
}

/** One with a button and nothing else. */
const SECURITY_KEY = { hasUserVerification: false, hasResidentKey: false }

/** Of Chromium's virtual authenticator. */
const CHROMIUM_AAGUID = '01020304-0506-0708-0102-030405060708'
const OTHER_AAGUID = 'ee882879-721c-4913-9775-3dfcce97072a'
