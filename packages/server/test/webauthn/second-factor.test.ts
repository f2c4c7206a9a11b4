import type { Response as InjectResponse } from 'light-my-request'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginPasskeySignIn,
  challengeOf,
  claimsOf,
  completePasskeySignIn,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
  registerPasskey,
  signInByPasskey,
} from './open-passkey-world.ts'
import type { CredentialJson, Options } from './passkey-browser.ts'

describe.skipIf(skipWithoutChromium())('a passkey or security key as second factor', () => {
  let world: PasskeyWorld
  let acme: Tenant

  beforeAll(async () => {
    world = await openPasskeyWorld()
  })

  afterAll(() => world.close())

  beforeEach(async () => {
    acme = await world.tenant()
    await world.browser.useAuthenticator()
  })

  async function userWithPasskey(tenant = acme) {
    const ana = await world.actors.signedIn({ tenant })
    const { backupCodes } = await registerPasskey(world, ana)
    return Object.assign(ana, { backupCode: backupCodes[0] ?? '' })
  }

  const ask = (actor: Actor, challenge: string) =>
    actor.call('POST', '/api/auth/mfa/challenge', { challenge, method: 'webauthn' })

  const answer = (actor: Actor, challenge: string, response: CredentialJson) =>
    actor.call('POST', '/api/auth/mfa/verify', { challenge, method: 'webauthn', response })

  async function getFor(actor: Actor, challenge: string, changes: Options = {}) {
    return world.browser.get({ ...optionsOf(await ask(actor, challenge)), ...changes })
  }

  async function expectRefused(actor: Actor, act: () => Promise<InjectResponse>) {
    const { result, actions } = await auditedDuring(world, actor.tenant, act)
    expectProblem(result, 'invalid_challenge_response', 401)
    expect(actions).not.toContain('session.started')
    expect(actions).toContain('sign_in.refused')
  }

  it('completes a sign-in by password', async () => {
    const ana = await userWithPasskey()
    const login = await ana.login()
    expect(login.json()).toMatchObject({ methods: ['webauthn', 'backup_code'] })
    const { challenge } = login.json()
    const options = optionsOf(await ask(ana, challenge))
    expect(options).toMatchObject({ userVerification: 'preferred' })
    expect(options['allowCredentials']).toMatchObject([{ type: 'public-key' }])

    const signedIn = await answer(ana, challenge, await world.browser.get(options))

    expect(signedIn.json()).toMatchObject({ status: 'complete', user: { id: ana.userId } })
    expect(claimsOf(signedIn.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:passkey',
      amr: ['pwd', 'hwk', 'user', 'mfa'],
    })
  })

  it('is no more than a second factor where the user was not verified', async () => {
    await world.browser.useAuthenticator({ hasUserVerification: false, hasResidentKey: false })
    const ana = await userWithPasskey()
    const challenge = await challengeOf(ana)

    const signedIn = await answer(ana, challenge, await getFor(ana, challenge))

    expect(claimsOf(signedIn.json().access_token)).toMatchObject({
      acr: 'urn:countersign:acr:mfa',
      amr: ['pwd', 'hwk', 'user', 'mfa'],
    })
  })

  it('is refused where the tenant demands that the user is verified', async () => {
    const strict = await world.tenant(undefined, { webauthn_user_verification: 'required' })
    const ana = await userWithPasskey(strict)
    const challenge = await challengeOf(ana)
    await world.browser.setUserVerified(false)
    const response = await getFor(ana, challenge, { userVerification: 'discouraged' })

    await expectRefused(ana, () => answer(ana, challenge, response))
  })

  it('is refused in another sign-in of the same user', async () => {
    const ana = await userWithPasskey()
    const [one, other] = [await challengeOf(ana), await challengeOf(ana)]
    const response = await getFor(ana, one)

    await expectRefused(ana, () => answer(ana, other, response))
    expect((await answer(ana, one, response)).statusCode).toBe(200)
  })

  it('is refused when it is of another user', async () => {
    const ben = await userWithPasskey()
    const [stored] = await world.browser.storedCredentials()
    const ana = await userWithPasskeyElsewhere()
    const challenge = await challengeOf(ana)
    const options = optionsOf(await ask(ana, challenge))
    await world.browser.useAuthenticator()
    if (stored === undefined) throw new Error('the authenticator is empty')
    await world.browser.addCredential(stored)
    const response = await world.browser.get({ ...options, allowCredentials: [] })

    await expectRefused(ana, () => answer(ana, challenge, response))
    expect(ben.userId).not.toBe(ana.userId)
  })

  it('is accepted once of 50 times', async () => {
    const ana = await userWithPasskey()
    const challenge = await challengeOf(ana)
    const response = await getFor(ana, challenge)

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => answer(ana, challenge, response)),
    )

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  })

  it('is refused when its challenge was made for a sign-in without password', async () => {
    const ana = await userWithPasskey()
    const challenge = await challengeOf(ana)
    const begun = await beginPasskeySignIn(ana)
    const response = await world.browser.get(begun.options)

    await expectRefused(ana, () => answer(ana, challenge, response))
  })

  it('is refused as a sign-in without password', async () => {
    const ana = await userWithPasskey()
    const begun = await beginPasskeySignIn(ana)
    const response = await getFor(ana, await challengeOf(ana))

    const refused = await completePasskeySignIn(ana, begun, response)

    expectProblem(refused, 'invalid_credentials', 401)
  })

  it('is refused and blocked when its counter did not grow', async () => {
    const ana = await userWithPasskey()
    const first = await challengeOf(ana)
    await answer(ana, first, await getFor(ana, first))
    const [stored] = await world.browser.storedCredentials()
    if (stored === undefined) throw new Error('the authenticator is empty')
    await world.browser.replaceCredential({ ...stored, signCount: 0 })
    const second = await challengeOf(ana)
    const response = await getFor(ana, second)

    const { result, actions } = await auditedDuring(world, acme, () =>
      answer(ana, second, response),
    )

    expectProblem(result, 'invalid_challenge_response', 401)
    expect(actions).toEqual(['webauthn.clone_suspected', 'sign_in.refused'])
    await vi.waitFor(() => {
      const subjects = world.mailbox.list({ to: ana.identity.email }).map(({ subject }) => subject)
      expect(subjects).toContainEqual(expect.stringContaining('copy of your passkey'))
    })
    await expectRefused(ana, () => ask(ana, second))
  })

  it('is not asked for with a challenge that is none', async () => {
    const ana = await userWithPasskey()
    const bob = await world.actors.user({ tenant: await world.tenant() })
    const challenge = await challengeOf(ana)

    await expectRefused(ana, () => ask(ana, 'x'.repeat(43)))
    await expectRefused(bob, () => ask(bob, challenge))
    world.clock.advance(minutes(5))
    await expectRefused(ana, () => ask(ana, challenge))
  })

  it.each([
    { method: 'webauthn' },
    { method: 'webauthn', code: '123456' },
    { method: 'totp', response: {} },
  ])('is malformed as %j', async (body) => {
    const ana = await userWithPasskey()
    const challenge = await challengeOf(ana)

    const refused = await ana.call('POST', '/api/auth/mfa/verify', { challenge, ...body })

    expectProblem(refused, 'invalid_request', 400)
  })

  describe('in a step-up', () => {
    const start = async (actor: Actor, acr: string) =>
      (await actor.call('POST', '/api/auth/step-up', { acr })).json<{
        id: string
        methods: string[]
      }>()

    const challengeStepUp = (actor: Actor, id: string) =>
      actor.call('POST', `/api/auth/step-up/${id}/challenge`, { method: 'webauthn' })

    const verify = (actor: Actor, id: string, response: CredentialJson) =>
      actor.call('POST', `/api/auth/step-up/${id}/verify`, { method: 'webauthn', response })

    it('raises the session to what was proven', async () => {
      const ana = await userWithPasskey()
      const { id, methods } = await start(ana, 'urn:countersign:acr:passkey')
      const options = optionsOf(await challengeStepUp(ana, id))

      const completed = await verify(ana, id, await world.browser.get(options))

      expect(methods).toEqual(['webauthn'])
      expect(completed.json()).toMatchObject({ acr: 'urn:countersign:acr:passkey' })
      expect(claimsOf(completed.json().access_token)).toMatchObject({
        acr: 'urn:countersign:acr:passkey',
        amr: ['pwd', 'hwk', 'user', 'mfa'],
      })
    })

    it('is not replaced by anything weaker than what was asked for, which stays unused', async () => {
      const ana = await userWithPasskey()
      const prove = async (acr: string) => {
        const { id } = await start(ana, acr)
        const body = { method: 'backup_code', code: ana.backupCode }
        return ana.call('POST', `/api/auth/step-up/${id}/verify`, body)
      }

      const weaker = await prove('urn:countersign:acr:passkey')

      expectProblem(weaker, 'step_up_refused', 403)
      expect((await prove('urn:countersign:acr:mfa')).statusCode).toBe(200)
    })

    it('is refused in another step-up', async () => {
      const ana = await userWithPasskey()
      const one = await start(ana, 'urn:countersign:acr:mfa')
      const other = await start(ana, 'urn:countersign:acr:mfa')
      const options = optionsOf(await challengeStepUp(ana, one.id))
      const response = await world.browser.get(options)

      expectProblem(await verify(ana, other.id, response), 'step_up_refused', 403)
    })

    it('is not asked for in the step-up of another session', async () => {
      const ana = await userWithPasskey()
      const { id } = await start(ana, 'urn:countersign:acr:mfa')
      await signInByPasskey(world, ana)

      expectProblem(await challengeStepUp(ana, id), 'step_up_not_found', 404)
    })
  })

  /** A user whose credential is not in the browser's authenticator any more. */
  async function userWithPasskeyElsewhere() {
    await world.browser.useAuthenticator()
    return userWithPasskey()
  }
})
