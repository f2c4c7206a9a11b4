import { expect, it } from 'vitest'
import { createTrustedPeerCheck } from './trusted-peer.ts'

it('trusts nobody unless told to', () => {
  expect(createTrustedPeerCheck([])('127.0.0.1')).toBe(false)
})

it.each([
  ['10.1.2.3', true],
  ['::ffff:10.1.2.3', true],
  ['10.2.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  ['', false],
  ['not an address', false],
])('judges %s by address and network', (address, trusted) => {
  const isTrusted = createTrustedPeerCheck(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32'])

  expect(isTrusted(address)).toBe(trusted)
})
