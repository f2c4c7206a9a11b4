import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { fakePlaces } from '../../../test/support/fake-places.ts'
import {
  milliseconds,
  newId,
  type RequestContext,
  Secret,
  seconds,
  type TenantPolicy,
} from '../../kernel/index.ts'
import { createEgress } from '../../platform/egress/index.ts'
import { createHttpRiskProvider, createRisk, type RiskQuestion } from './index.ts'

const clock = new FakeClock()
const question: RiskQuestion = {
  event: 'refresh',
  subject: newId('usr'),
  session: newId('ses'),
  amr: ['pwd'],
  signals: [],
}

function contextWith(riskFailure: TenantPolicy['riskFailure'] = 'refuse'): RequestContext {
  const tenant = {
    slug: 'acme',
    policy: { riskFailure, impossibleTravel: 'off' },
  } as RequestContext['tenant']
  const source = { ip: '192.0.2.7', userAgent: 'curl/8' }
  return { requestId: newId('req'), tenant, principal: undefined, source, clock }
}

describe('the risk without a provider', () => {
  const risk = createRisk({})

  it.each([
    [[], 'low'],
    [['source_changed'], 'low'],
    [['device_changed'], 'low'],
    [['source_changed', 'device_changed'], 'medium'],
  ] as const)('of the signals %j is %s', async (signals, level) => {
    expect(await risk.assess(contextWith(), { ...question, signals })).toEqual({
      level,
      reasons: signals,
    })
  })
})

describe('the score of signals', () => {
  const risk = createRisk({})
  const levelOf = async (
    signals: RiskQuestion['signals'],
    impossibleTravel: TenantPolicy['impossibleTravel'] = 'step_up',
  ) => {
    const context = contextWith()
    const tenant = { ...context.tenant, policy: { ...context.tenant.policy, impossibleTravel } }
    return (await risk.assess({ ...context, tenant }, { ...question, signals })).level
  }

  it.each([
    [['new_country'], 'low'],
    [['new_network', 'new_client_kind'], 'low'],
    [['new_network', 'unusual_hour'], 'low'],
    [['new_country', 'new_network'], 'medium'],
    [['new_network', 'new_client_kind', 'unusual_hour'], 'medium'],
    [['new_country', 'new_network', 'new_client_kind', 'unusual_hour'], 'medium'],
    [['impossible_travel'], 'medium'],
    [['impossible_travel', 'new_country', 'new_network'], 'medium'],
    [['impossible_travel', 'new_country', 'new_network', 'new_client_kind'], 'high'],
    [['impossible_travel', 'known_device'], 'low'],
    [['new_country', 'new_network', 'new_client_kind', 'unusual_hour', 'known_device'], 'low'],
    [['source_changed', 'device_changed', 'known_device'], 'medium'],
  ] as const)('%j is %s', async (signals, level) => {
    expect(await levelOf(signals)).toBe(level)
  })

  it.each([
    [['impossible_travel'], 'high'],
    [['impossible_travel', 'known_device'], 'medium'],
    [['new_country'], 'low'],
  ] as const)('%j is %s where the tenant refuses journeys', async (signals, level) => {
    expect(await levelOf(signals, 'refuse')).toBe(level)
  })
})

describe('the risk with a provider', () => {
  const failing = { assess: async () => Promise.reject(new Error('down')) }

  it('is the higher of both judgements', async () => {
    const calm = createRisk({ provider: { assess: async () => ({ level: 'low', reasons: [] }) } })
    const alarmed = createRisk({
      provider: { assess: async () => ({ level: 'high', reasons: ['listed'] }) },
    })
    const elsewhere = { ...question, signals: ['source_changed', 'device_changed'] } as const

    expect((await calm.assess(contextWith(), elsewhere)).level).toBe('medium')
    expect(await alarmed.assess(contextWith(), elsewhere)).toEqual({
      level: 'high',
      reasons: ['source_changed', 'device_changed', 'listed'],
    })
  })

  it('is high if it does not answer, unless the tenant chose otherwise', async () => {
    const failures: unknown[] = []
    const risk = createRisk({ provider: failing, onFailure: (error) => failures.push(error) })

    expect((await risk.assess(contextWith('refuse'), question)).level).toBe('high')
    expect(await risk.assess(contextWith('allow'), question)).toEqual({
      level: 'low',
      reasons: ['provider_failed'],
    })
    expect(failures).toHaveLength(2)
    const elsewhere = { ...question, signals: ['source_changed', 'device_changed'] } as const
    expect((await risk.assess(contextWith('allow'), elsewhere)).level).toBe('medium')
  })
})

describe('the provider over HTTP', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
  })

  async function providerOf(answer: { status?: number; body?: string; silent?: boolean }) {
    const seen: { request: IncomingMessage; body: string }[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        seen.push({ request, body: Buffer.concat(chunks).toString() })
        if (answer.silent === true) return
        response.writeHead(answer.status ?? 200).end(answer.body ?? '{"level":"low"}')
      })
    })
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const provider = createHttpRiskProvider({
      egress: createEgress({ allowPrivate: true }),
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/risk`,
      key: new Secret(KEY),
      // A machine that is busy answers late, too: only silence is waited for this shortly.
      timeout: milliseconds(answer.silent === true ? 300 : 5_000),
    })
    return { provider, seen }
  }

  it('is asked with a signature and without anything secret', async () => {
    const { provider, seen } = await providerOf({ body: '{"level":"medium","reasons":["vpn"]}' })
    const context = contextWith()

    const answer = await provider.assess(context, question)

    expect(answer).toEqual({ level: 'medium', reasons: ['vpn'] })
    const [{ request, body } = { request: undefined, body: '' }] = seen
    expect(JSON.parse(body)).toEqual({
      event: 'refresh',
      tenant: 'acme',
      subject: question.subject,
      session: question.session,
      amr: ['pwd'],
      signals: [],
      source: { ip: '192.0.2.7', user_agent: 'curl/8' },
    })
    const timestamp = request?.headers['webhook-timestamp']
    const signed = `${context.requestId}.${String(timestamp)}.${body}`
    const expected = createHmac('sha256', KEY).update(signed).digest('base64')
    expect(request?.method).toBe('POST')
    expect(request?.headers['webhook-signature']).toBe(`v1,${expected}`)
  })

  it('is asked about a registration, of which there is no user yet', async () => {
    const { provider, seen } = await providerOf({ body: '{"level":"high","reasons":["bots"]}' })
    const risk = createRisk({ provider })

    const answer = await risk.assessRegistration(contextWith())

    expect(answer).toEqual({ level: 'high', reasons: ['bots'] })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      event: 'registration',
      tenant: 'acme',
      amr: [],
      signals: [],
      source: { ip: '192.0.2.7', user_agent: 'curl/8' },
    })
  })

  it.each([
    ['another level', { body: '{"level":"none"}' }],
    ['no level', { body: '{}' }],
    ['no JSON', { body: 'ok' }],
    ['a failure', { status: 500 }],
    ['reasons that could break a line', { body: '{"level":"low","reasons":["a\\nb"]}' }],
    ['too many reasons', { body: answerWith(Array.from({ length: 21 }, () => 'vpn')) }],
    ['a reason that is too long', { body: answerWith(['x'.repeat(65)]) }],
    ['nothing in time', { silent: true }],
  ])('has no answer if it says %s', async (_, answer) => {
    const { provider } = await providerOf(answer)

    await expect(provider.assess(contextWith(), question)).rejects.toThrow()
  })

  it('is asked once in half a minute about the same cookie, and again about another', async () => {
    const { provider, seen } = await providerOf({})
    const cookie = { ...question, event: 'cookie' } as const
    const context = contextWith()
    await provider.assess(context, cookie)
    await provider.assess(context, cookie)
    const first = seen.length

    await provider.assess({ ...context, source: { ...context.source, ip: '192.0.2.8' } }, cookie)
    await provider.assess(context, { ...cookie, session: newId('ses') })
    clock.advance(seconds(30))
    await provider.assess(context, cookie)

    expect([first, seen.length]).toEqual([1, 4])
  })

  it('is asked about everything else each time', async () => {
    const { provider, seen } = await providerOf({})
    await provider.assess(contextWith(), question)
    await provider.assess(contextWith(), question)

    expect(seen).toHaveLength(2)
  })
})

describe('a journey since a session began', () => {
  const places = fakePlaces({
    '192.0.2.7': { point: { latitude: 46.95, longitude: 7.45, accuracyKm: 20 } },
    '203.0.113.7': { point: { latitude: -33.87, longitude: 151.21, accuracyKm: 20 } },
  })
  const isImpossible = (impossibleTravel: TenantPolicy['impossibleTravel'], ip = '203.0.113.7') => {
    const context = contextWith()
    const tenant = { ...context.tenant, policy: { ...context.tenant.policy, impossibleTravel } }
    const from = { ip, at: clock.now() }
    return createRisk({ places }).isImpossibleTravel({ ...context, tenant }, from)
  }

  it('is judged where the tenant asks, and where both places are known', () => {
    expect([isImpossible('step_up'), isImpossible('refuse')]).toEqual([true, true])
    expect(isImpossible('off')).toBe(false)
    expect(isImpossible('refuse', '198.51.100.9')).toBe(false)
  })
})

function answerWith(reasons: readonly string[]): string {
  return JSON.stringify({ level: 'low', reasons })
}

const KEY = Buffer.alloc(32, 7)
