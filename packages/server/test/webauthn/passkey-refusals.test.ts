import type { Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  type BegunSignIn,
  beginPasskeySignIn,
  beginRegistration,
  completePasskeySignIn,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
  registerPasskey,
} from './open-passkey-world.ts'
import { type CredentialJson, serveForeignPage } from './passkey-browser.ts'

describe.skipIf(skipWithoutChromium())('a passkey sign-in is refused', () => {
  let world: PasskeyWorld
  let acme: Tenant
  let visitor: Actor
  let foreign: { port: number; server: Server }

  beforeAll(async () => {
    world = await openPasskeyWorld()
    foreign = await serveForeignPage()
  })

  afterAll(async () => {
    foreign.server.close()
    await world.close()
  })

  beforeEach(async () => {
    acme = await world.tenant()
    visitor = world.actors.nobody(acme)
    await world.goHome()
    await world.browser.useAuthenticator()
  })

  async function userWithPasskey(tenant = acme) {
    const ana = await world.actors.signedIn({ tenant })
    await registerPasskey(world, ana)
    return ana
  }

  async function answered(changes = {}) {
    const begun = await beginPasskeySignIn(visitor)
    return { begun, response: await world.browser.get({ ...begun.options, ...changes }) }
  }

  async function expectRefused(begun: BegunSignIn, response: CredentialJson, reason: string) {
    const { result, events } = await auditedDuring(world, acme, () =>
      completePasskeySignIn(visitor, begun, response),
    )
    expectProblem(result, 'invalid_credentials', 401)
    expect(result.headers).not.toHaveProperty('set-cookie')
    expect(events.filter(({ action }) => action === 'session.started')).toEqual([])
    expect(events.at(-1)).toMatchObject({ action: 'sign_in.refused', details: { reason } })
    return { result, events }
  }

  it('when the user was not verified', async () => {
    await userWithPasskey()
    await world.browser.setUserVerified(false)
    const { begun, response } = await answered({ userVerification: 'discouraged' })

    await expectRefused(begun, response, 'assertion_not_valid')
  })

  it('when its answer was used before', async () => {
    await userWithPasskey()
    const { begun, response } = await answered()
    expect((await completePasskeySignIn(visitor, begun, response)).statusCode).toBe(200)

    await expectRefused(begun, response, 'challenge_unusable')
  })

  it('when its answer was used before, although it was refused', async () => {
    const ana = await userWithPasskey()
    const { begun, response } = await answered()
    await suspend(ana)
    await expectRefused(begun, response, 'user_suspended')
    await resume(ana)

    await expectRefused(begun, response, 'challenge_unusable')
  })

  it('for all but one of 50 requests with one answer', async () => {
    await userWithPasskey()
    const { begun, response } = await answered()

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => completePasskeySignIn(visitor, begun, response)),
    )

    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(49)
  })

  it('when it answers another challenge than it names', async () => {
    await userWithPasskey()
    const { response } = await answered()
    const other = await beginPasskeySignIn(visitor)

    await expectRefused(other, response, 'challenge_unusable')
  })

  it('when its challenge was made for a registration', async () => {
    const ana = await userWithPasskey()
    const { begun } = await answered()
    const backupCode = { method: 'backup_code', code: await newBackupCode(ana) }
    const { challenge } = optionsOf(await beginRegistration(ana, backupCode))
    const response = await world.browser.get({ ...begun.options, challenge })

    await expectRefused(begun, response, 'challenge_unusable')
  })

  it('when it comes after five minutes', async () => {
    await userWithPasskey()
    const { begun, response } = await answered()
    world.clock.advance(minutes(5))

    await expectRefused(begun, response, 'challenge_unusable')
  })

  it('when the page was of another origin', async () => {
    await userWithPasskey()
    await world.browser.visit(`http://localhost:${foreign.port}/`)
    const { begun, response } = await answered()

    await expectRefused(begun, response, 'assertion_not_valid')
  })

  it('when the credential signed for another relying party', async () => {
    await userWithPasskey()
    const [stored] = await world.browser.storedCredentials()
    if (stored === undefined) throw new Error('the authenticator is empty')
    await world.browser.replaceCredential({ ...stored, rpId: 'app.localhost' })
    await world.browser.visit(`http://app.localhost:${world.port}/openapi.json`)
    const { begun, response } = await answered({ rpId: 'app.localhost' })

    await expectRefused(begun, response, 'assertion_not_valid')
  })

  it('when the client data was changed to our origin afterwards', async () => {
    await userWithPasskey()
    await world.browser.visit(`http://localhost:${foreign.port}/`)
    const { begun, response } = await answered()
    const data = decode(response.response['clientDataJSON'])
    const clientDataJSON = encode({ ...data, origin: world.baseUrl })

    const changed = { ...response, response: { ...response.response, clientDataJSON } }
    await expectRefused(begun, changed, 'assertion_not_valid')
  })

  it('when the page was in a frame of another site', async () => {
    await userWithPasskey()
    const { begun, response } = await answered()
    const data = decode(response.response['clientDataJSON'])
    const clientDataJSON = encode({ ...data, crossOrigin: true })

    const changed = { ...response, response: { ...response.response, clientDataJSON } }
    await expectRefused(begun, changed, 'challenge_unusable')
  })

  it('when the signature is of something else', async () => {
    await userWithPasskey()
    const first = await answered()
    const { begun, response } = await answered()
    const { signature } = first.response.response

    const changed = { ...response, response: { ...response.response, signature } }
    await expectRefused(begun, changed, 'assertion_not_valid')
  })

  it.each([undefined, null, 'AAAA'])('when it names the user %s', async (userHandle) => {
    await userWithPasskey()
    const { begun, response } = await answered()

    const changed = { ...response, response: { ...response.response, userHandle } }
    await expectRefused(begun, changed, 'assertion_not_valid')
  })

  it('when the credential is of another tenant', async () => {
    await userWithPasskey(await world.tenant())
    const { begun, response } = await answered()

    await expectRefused(begun, response, 'credential_unknown')
  })

  it('when its challenge is of another tenant', async () => {
    await userWithPasskey()
    const elsewhere = world.actors.nobody(await world.tenant())
    const begun = await beginPasskeySignIn(elsewhere)
    const response = await world.browser.get(begun.options)

    await expectRefused(begun, response, 'challenge_unusable')
  })

  it('alike for unknown credentials, wrong signatures and suspended users', async () => {
    const ana = await userWithPasskey()
    const wrong = await answered()
    const signature = 'AAAA'
    const signed = { ...wrong.response, response: { ...wrong.response.response, signature } }
    const unknown = await answered()
    const renamed = { ...unknown.response, id: UNKNOWN_ID, rawId: UNKNOWN_ID }
    const suspended = await answered()
    await suspend(ana)

    const answers = [
      await expectRefused(wrong.begun, signed, 'assertion_not_valid'),
      await expectRefused(unknown.begun, renamed, 'credential_unknown'),
      await expectRefused(suspended.begun, suspended.response, 'user_suspended'),
    ].map(({ result }) => observable(result))

    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  it('whatever comes, after too many failures with a credential', async () => {
    await userWithPasskey()
    for (let i = 0; i < 6; i++) {
      const { begun, response } = await answered()
      const changed = { ...response, response: { ...response.response, signature: 'AAAA' } }
      await completePasskeySignIn(visitor, begun, changed)
    }
    const { begun, response } = await answered()

    await expectRefused(begun, response, 'delayed')
  })

  it('when the counter did not grow, and from then on for that credential', async () => {
    const ana = await userWithPasskey()
    const first = await answered()
    await completePasskeySignIn(visitor, first.begun, first.response)
    const [stored] = await world.browser.storedCredentials()
    if (stored === undefined) throw new Error('the authenticator is empty')
    await world.browser.replaceCredential({ ...stored, signCount: 0 })
    const copy = await answered()

    const { events } = await expectRefused(copy.begun, copy.response, 'clone_suspected')

    expect(events.map(({ action }) => action)).toEqual([
      'webauthn.clone_suspected',
      'sign_in.refused',
    ])
    await world.browser.replaceCredential({ ...stored, signCount: 1000 })
    const ahead = await answered()
    await expectRefused(ahead.begun, ahead.response, 'credential_blocked')
    // It is no way back to the password alone either.
    const login = await ana.login()
    expect(login.json()).toMatchObject({ status: 'mfa_required', methods: ['backup_code'] })
  })

  it('when a credential begins to be one that may leave its authenticator', async () => {
    await userWithPasskey()
    const [stored] = await world.browser.storedCredentials()
    if (stored === undefined) throw new Error('the authenticator is empty')
    await world.browser.replaceCredential({ ...stored, backupEligibility: true, signCount: 90 })
    const { begun, response } = await answered()

    await expectRefused(begun, response, 'credential_blocked')
  })

  it('as malformed when it is no assertion at all', async () => {
    await userWithPasskey()
    const { begun, response } = await answered()
    const changes = [{ rawId: 'AAAA' }, { type: 'password' }, { id: 'ä' }, { response: {} }]

    for (const change of changes) {
      const answer = await completePasskeySignIn(visitor, begun, { ...response, ...change })
      expectProblem(answer, 'invalid_request', 400)
    }
  })

  function suspend({ userId }: Actor) {
    return world.app.identity.suspendUser(world.internalContext(acme), userId)
  }

  function resume({ userId }: Actor) {
    return world.app.identity.resumeUser(world.internalContext(acme), userId)
  }

  async function newBackupCode(actor: Actor): Promise<string> {
    const begun = await beginPasskeySignIn(actor)
    const signedIn = await completePasskeySignIn(
      actor,
      begun,
      await world.browser.get(begun.options),
    )
    actor.accessToken = signedIn.json<{ access_token: string }>().access_token
    const answer = await actor.call('POST', '/api/auth/mfa/backup-codes', {
      current_password: actor.identity.password,
    })
    return answer.json<{ backup_codes: string[] }>().backup_codes[0] ?? ''
  }
})

function decode(clientDataJSON: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(clientDataJSON), 'base64url').toString())
}

function encode(data: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(data)).toString('base64url')
}

const UNKNOWN_ID = Buffer.alloc(32, 7).toString('base64url')
