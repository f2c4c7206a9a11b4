import { BlockList, isIPv6 } from 'node:net'
import { canonicalAddress } from './canonical-address.ts'

export interface NetworkList {
  /** False for what is no address. */
  has(ip: string): boolean
}

/** @throws TypeError for what is no network; see `isNetwork` */
export function createNetworkList(networks: readonly string[]): NetworkList {
  const list = new BlockList()
  for (const text of networks) {
    const network = parseNetwork(text)
    if (network === undefined) throw new TypeError('a list has a member that is no network')
    list.addSubnet(network.address, network.prefix, familyOf(network.address))
  }
  return {
    has: (ip) => {
      const address = canonicalAddress(ip)
      return address !== undefined && list.check(address, familyOf(address))
    },
  }
}

/** An address, or a network in CIDR notation whose address ends where its prefix does. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined
}

interface Network {
  readonly address: string
  readonly prefix: number
}

/**
 * `10.1.2.3/8` is refused: whoever wrote it means one of two things, and the wrong one of them lets
 * 16 million addresses in.
 */
function parseNetwork(text: string): Network | undefined {
  const match = NETWORK.exec(text)
  const given = match?.[1] ?? ''
  const address = canonicalAddress(given)
  if (address === undefined) return undefined
  const bits = isIPv6(address) ? 128 : 32
  // The first 96 bits of a mapped network are the form, not the network.
  const inForm = isIPv6(given) ? 128 - bits : 0
  const prefix = match?.[2] === undefined ? bits : Number(match[2]) - inForm
  if (prefix < 0 || prefix > bits) return undefined
  return hasHostBits(address, bits - prefix) ? undefined : { address, prefix }
}

function hasHostBits(address: string, hostBits: number): boolean {
  const value = isIPv6(address) ? valueOfIpv6(address) : valueOfIpv4(address)
  return value !== (value >> BigInt(hostBits)) << BigInt(hostBits)
}

function valueOfIpv4(address: string): bigint {
  return address.split('.').reduce((value, octet) => value * 256n + BigInt(octet), 0n)
}

function valueOfIpv6(address: string): bigint {
  const [head = '', tail] = address.split('::')
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean))
  const gap = 8 - (left?.length ?? 0) - (right?.length ?? 0)
  const groups = [...(left ?? []), ...Array.from({ length: gap }, () => '0'), ...(right ?? [])]
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n)
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

const NETWORK = /^([0-9a-fA-F.:]+)(?:\/(0|[1-9][0-9]{0,2}))?$/
