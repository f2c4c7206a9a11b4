import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClientChange } from '../../src/domains/oauth/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { ClientId } from '../../src/kernel/index.ts'
import { obtainTokens } from '../support/authorize.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { Browser, REDIRECT_URI, registerRelyingParty } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient, type StreamBody } from '../support/signal-client.ts'
import { SignalReceiver } from '../support/signal-receiver.ts'

/**
 * Threat: an administrator takes from a client what it may, and it goes on with the tokens that it
 * has, or with what is sent to it anyway.
 */
let receiver: SignalReceiver
let world: World
let tenant: Tenant

beforeAll(async () => {
  receiver = await SignalReceiver.start()
  world = await openWorld({
    clock: new RunningClock(),
    egress: receiver.egress,
    withoutJobs: true,
  })
  tenant = await world.tenant()
})
afterAll(async () => {
  await world.close()
  await receiver.stop()
})

const update = (id: ClientId, change: ClientChange) =>
  world.app.clients.update(world.internalContext(tenant), { id }, change)

describe('a receiver of security events', () => {
  let client: SignalClient
  let pushed: StreamBody
  let polled: StreamBody
  let path: string

  beforeEach(async () => {
    client = await SignalClient.register(world, tenant)
    await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
    path = `/of/${client.id}`
    pushed = await client.createPushed(path)
    polled = await client.createStream()
  })

  const allow = (scope: string, resources = [`${tenant.issuer}/ssf`]) =>
    update(client.id, {
      metadata: {
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'client_credentials'],
        scope,
        resources,
      },
    })
  const happen = async (count = 1) => {
    const context = world.internalContext(tenant)
    const { userId } = await world.actors.user({ tenant })
    for (let i = 0; i < count; i++) {
      await world.app.identity.suspendUser(context, userId)
      await world.app.identity.resumeUser(context, userId)
    }
  }
  const countPushes = () => receiver.pushes.filter((push) => push.path === path).length

  it('manages nothing any more with the token that it has', async () => {
    await client.authenticate('ssf.manage ssf.read')

    await allow('openid ssf.read')

    expect((await client.call('GET', '/ssf/streams')).statusCode).toBe(200)
    expectProblem(await client.call('POST', '/ssf/streams', {}), 'insufficient_scope', 403)
    await allow('openid')
    expectProblem(await client.call('GET', '/ssf/streams'), 'insufficient_scope', 403)
    expectProblem(await client.poll(polled), 'insufficient_scope', 403)
  })

  it('opens nothing without the resource server either', async () => {
    await allow('openid ssf.manage', [tenant.issuer])

    expectProblem(await client.call('GET', '/ssf/streams'), 'insufficient_scope', 403)
  })

  it.each([
    ['scope', () => allow('openid')],
    ['resource server', () => allow('openid ssf.manage', [tenant.issuer])],
  ])('hears nothing without the %s, and again with it what happens then', async (_, demote) => {
    await demote()
    await happen()
    expect(await client.push(pushed)).toEqual({ kind: 'done', sent: 0 })
    expect(countPushes()).toBe(0)

    await allow('openid ssf.manage')
    expect(await client.push(pushed)).toEqual({ kind: 'done', sent: 0 })
    expect(await client.fetch(polled)).toEqual([])
    await happen()

    expect(await client.push(pushed)).toEqual({ kind: 'done', sent: 2 })
    expect(await client.fetch(polled)).toHaveLength(2)
  })

  it('hears no more of what is being pushed', async () => {
    await happen(2)
    receiver.answer = async () => {
      receiver.answer = () => ({ status: 202 })
      await allow('openid')
      return { status: 202 }
    }

    await client.push(pushed)

    expect(countPushes()).toBe(1)
  })
})

describe('an application of the tenant itself', () => {
  const metadata = { redirect_uris: [REDIRECT_URI], scope: 'openid account profile' }

  it.each<[string, (issuer: string) => ClientChange]>([
    ['is one of others now', () => ({ isFirstParty: false })],
    [
      'lost the scope',
      (issuer) => ({ metadata: { ...metadata, scope: 'openid profile', resources: [issuer] } }),
    ],
    ['lost the resource server', () => ({ metadata })],
  ])('that %s does not open our own API with the tokens that it has', async (_, change) => {
    const { issuer } = tenant
    const resources = [issuer]
    const party = await registerRelyingParty(world, {
      tenant,
      metadata: { ...metadata, resources },
    })
    const ana = await world.actors.user({ tenant })
    await ana.signInWithCookie()
    const { access_token } = await obtainTokens(new Browser(world, ana), party, {
      scope: 'openid account',
      resource: issuer,
    })
    const me = () =>
      world.app.http.inject({
        url: `/t/${tenant.slug}/api/auth/me`,
        headers: { authorization: `Bearer ${access_token}` },
      })
    expect((await me()).statusCode).toBe(200)

    await update(party.clientId as ClientId, change(issuer))

    expectProblem(await me(), 'invalid_token', 401)
  })
})
