import { describe, expect, it } from 'vitest'
import { canonicalAddress, createNetworkList, isNetwork } from './index.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['2001:DB8:0:0::0:1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['internal', undefined],
  ['192.0.2.01', undefined],
  ['192.0.2.1/32', undefined],
  ['', undefined],
])('spells %j as %j', (text, address) => {
  expect(canonicalAddress(text)).toBe(address)
})

describe('a network', () => {
  it.each([
    '192.0.2.1',
    '192.0.2.0/24',
    '0.0.0.0/0',
    '2001:db8::/32',
    '2001:db8::1',
    '::1/128',
    '::/0',
    '::ffff:192.0.2.0/120',
  ])('may be %s', (text) => {
    expect(isNetwork(text)).toBe(true)
  })

  it.each([
    ['with bits of a host', '192.0.2.1/24'],
    ['of IPv6 with bits of a host', '2001:db8::1/64'],
    ['with a prefix that is too long', '192.0.2.0/33'],
    ['of IPv6 with a prefix that is too long', '::/129'],
    ['with a prefix in another notation', '192.0.2.0/024'],
    ['with a netmask', '192.0.2.0/255.255.255.0'],
    ['without its prefix', '192.0.2.0/'],
    ['of a mapped address, shorter than the form', '::ffff:0:0/64'],
    ['with a zone', 'fe80::1%eth0'],
    ['with space around', ' 192.0.2.1'],
    ['that is a name', 'localhost'],
    ['that is empty', ''],
  ])('is refused %s', (_, text) => {
    expect(isNetwork(text)).toBe(false)
    expect(() => createNetworkList([text])).toThrow(TypeError)
  })
})

describe('a list of networks', () => {
  const list = createNetworkList(['192.0.2.0/24', '198.51.100.7', '2001:db8:1::/48'])

  it.each([
    ['192.0.2.0', true],
    ['192.0.2.255', true],
    ['192.0.3.0', false],
    ['198.51.100.7', true],
    ['198.51.100.8', false],
    ['::ffff:192.0.2.9', true],
    ['::ffff:c000:209', true],
    ['2001:db8:1:ffff::1', true],
    ['2001:DB8:1::1', true],
    ['2001:db8:2::1', false],
    ['internal', false],
    ['', false],
  ])('is asked for %s', (ip, isListed) => {
    expect(list.has(ip)).toBe(isListed)
  })

  it('takes a mapped network for the IPv4 network that it is', () => {
    const mapped = createNetworkList(['::ffff:203.0.113.0/120'])

    expect([mapped.has('203.0.113.9'), mapped.has('203.0.114.9')]).toEqual([true, false])
  })
})
