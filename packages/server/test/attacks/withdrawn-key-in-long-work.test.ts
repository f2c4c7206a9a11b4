import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Infrastructure } from '../../src/composition/infrastructure.ts'
import { maintenanceTasks } from '../../src/composition/maintenance.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { type ClientContext, seconds } from '../../src/kernel/index.ts'
import { obtainTokens } from '../support/authorize.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { Browser, registerRelyingParty } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient } from '../support/signal-client.ts'
import { SignalReceiver } from '../support/signal-receiver.ts'

/**
 * Threat: work that goes on for longer than a request signs with a key that was withdrawn after it had
 * begun, on a node where nobody else asks for keys of that tenant.
 */
let receiver: SignalReceiver
const told: string[] = []
let world: World
let other: World
let tenant: Tenant

beforeAll(async () => {
  receiver = await SignalReceiver.start()
  const common = {
    clock: new RunningClock(),
    egress: receiver.egress,
    withoutJobs: true as const,
    fetch: (async (_url, init) => {
      told.push(new URLSearchParams(init?.body as URLSearchParams).get('logout_token') ?? '')
      return new Response(null, { status: 204 })
    }) as typeof fetch,
  }
  world = await openWorld(common)
  other = await openWorld({ ...common, besides: world })
})
beforeEach(async () => {
  tenant = await world.tenant()
  await world.app.keys.signer(tenant)
})
afterAll(async () => {
  await other.app.http.close()
  await world.close()
  await receiver.stop()
})

async function happen(count: number): Promise<void> {
  const context = world.internalContext(tenant)
  for (let i = 0; i < count; i++) {
    const { userId } = await world.actors.user({ tenant })
    await world.app.identity.suspendUser(context, userId)
  }
}

/** On the node that does not do the work. @returns the key that signs from then on */
async function withdrawKey(): Promise<string> {
  const { keyId } = await world.app.keys.signer(tenant)
  await world.app.keys.revoke(world.internalContext(tenant), keyId)
  world.clock.advance(seconds(2))
  return (await world.app.keys.signer(tenant)).keyId
}

async function openReceiver() {
  const client = await SignalClient.register(world, tenant)
  await world.app.sharedSignals.allowSubjects(world.internalContext(tenant), client.id, 'all')
  return client
}

const kidOf = (token = '') => decodeProtectedHeader(token).kid

it('a push signs each event with the key of then', async () => {
  const client = await openReceiver()
  const { stream_id: streamId } = await client.createPushed('/events')
  await happen(2)
  let withdrawn: Promise<string> | undefined
  receiver.answer = async () => {
    await (withdrawn ??= withdrawKey())
    return { status: 202 }
  }

  const outcome = await other.app.sharedSignals.push({ tenantId: tenant.id, streamId })

  expect(outcome).toEqual({ kind: 'done', sent: 2 })
  const [first, second] = receiver.pushes.map(({ body }) => kidOf(body))
  expect(first).not.toBe(second)
  expect(second).toBe(await withdrawn)
})

it('a poll that waited signs with the key of then', async () => {
  const client = await openReceiver()
  const { stream_id: streamId } = await client.createStream()
  const began = await world.app.tenants.findBySlug(tenant.slug)
  if (began === undefined) throw new Error('no tenant')
  await other.app.keys.signer(began)
  const context: ClientContext = {
    ...world.internalContext(began),
    client: { id: client.id, scopes: ['ssf.read'] },
  }
  const poll = { streamId, maxEvents: 10, returnImmediately: false }
  const waiting = other.app.sharedSignals.poll(context, { ...poll, acknowledged: [], refused: {} })
  const keyId = await withdrawKey()
  await happen(1)

  const { sets } = await waiting

  expect(Object.values(sets).map(kidOf)).toEqual([keyId])
}, 20_000)

it('the job tells of ended sessions with the key of then, however long its list was', async () => {
  const party = await registerRelyingParty(world, {
    tenant,
    metadata: { backchannel_logout_uri: 'https://app.example/logged-out' },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  await obtainTokens(new Browser(world, ana), party)
  const listed = await world.app.tenants.findBySlug(tenant.slug)
  if (listed === undefined) throw new Error('no tenant')
  await other.app.keys.signer(listed)
  const keyId = await withdrawKey()
  await world.app.identity.suspendUser(world.internalContext(tenant), ana.userId)

  const tasks = maintenanceTasks({ database: other.database } as Infrastructure, other.app)
  await tasks.find(({ name }) => name === 'tell-ended-sessions')?.run(world.internalContext(listed))

  expect(told.map(kidOf)).toEqual([keyId])
})
