import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../../test/support/fake-clock.ts'
import { fakePlaces } from '../../../../test/support/fake-places.ts'
import { newId, type RequestContext, type TenantId, type UserId } from '../../../kernel/index.ts'
import { observe } from './observation.ts'

const places = fakePlaces({
  '192.0.2.1': { country: 'CH' },
  '198.51.100.1': { asn: 64_500 },
  '198.51.100.2': { point: { latitude: 46.948, longitude: 7.447, accuracyKm: 20 } },
})
const keys = [randomBytes(32)]
const acme = newId('ten')
const ana = newId('usr')

interface Seen {
  readonly ip?: string
  readonly client?: string | undefined
  readonly tenant?: TenantId
  readonly userId?: UserId
  readonly keys?: readonly Buffer[]
}

function seen({ ip = '192.0.2.1', tenant = acme, userId = ana, ...more }: Seen = {}) {
  const source = { ip, userAgent: undefined }
  const context: RequestContext = {
    requestId: newId('req'),
    tenant: { id: tenant } as RequestContext['tenant'],
    principal: undefined,
    source,
    clock: new FakeClock(),
  }
  const client = 'client' in more ? more.client : 'Firefox on Linux'
  return observe({ keys: more.keys ?? keys, places }, context, { userId, client })
}

it('names the same alike, and another kind, user or tenant otherwise', () => {
  const { network } = seen()
  const others = [
    seen({ client: '192.0.2' }).client,
    seen({ userId: newId('usr') }).network,
    seen({ tenant: newId('ten') }).network,
    seen({ keys: [randomBytes(32)] }).network,
  ]

  expect(seen().network).toEqual(network)
  for (const other of others) expect(other).not.toEqual(network)
})

it('names under every key, the current one first', () => {
  const older = randomBytes(32)
  const [newest = ''] = seen().country ?? []
  const [old = ''] = seen({ keys: [older] }).country ?? []

  expect(seen({ keys: [...keys, older] }).country).toEqual([newest, old])
})

it('leaves out what nobody can tell', () => {
  const { country, client, point } = seen({ ip: '10.0.0.1', client: undefined })

  expect([country, client, point]).toEqual([undefined, undefined, undefined])
  expect(seen({ ip: 'internal' }).network).toBeUndefined()
})

it('keeps of a place a tenth of a degree, and is as much less sure of it', () => {
  const { point } = seen({ ip: '198.51.100.2' })

  expect(point).toEqual({ latitude: 46.9, longitude: 7.4, accuracyKm: 28 })
})

describe('a network', () => {
  it.each([
    ['a /24', '203.0.113.5', '203.0.113.77', true],
    ['no more than a /24', '203.0.113.5', '203.0.114.5', false],
    ['the same in IPv6', '203.0.113.5', '::ffff:203.0.113.77', true],
    ['a /48', '2001:db8:1::1', '2001:db8:1:ffff::2', true],
    ['no more than a /48', '2001:db8:1::1', '2001:db8:2::1', false],
    ['a short /48', '2001:db8::1', '2001:db8:0:1::1', true],
    ['of one who runs it', '198.51.100.1', '198.51.100.2', false],
  ])('is %s', (_, one, other, isSame) => {
    const names = [one, other].map((ip) => seen({ ip }).network?.[0])

    expect(names[0] === names[1]).toBe(isSame)
  })
})
