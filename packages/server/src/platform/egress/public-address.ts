import { BlockList, isIP, isIPv6 } from 'node:net'

/**
 * Whether requests that somebody else chose may go to an address: it belongs to the Internet, not
 * to this machine, its network or its cloud.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv6(address)) {
    // Forms that carry an IPv4 address (mapped, compatible, NAT64) lie outside of 2000::/3.
    return GLOBAL_UNICAST.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6')
  }
  return isIP(address) === 4 && !SPECIAL.check(address, 'ipv4')
}

export function isLoopbackAddress(address: string): boolean {
  return isIPv6(address) ? address === '::1' : LOOPBACK.check(address, 'ipv4')
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}

const LOOPBACK = blockList(['127.0.0.0/8'])
const GLOBAL_UNICAST = blockList(['2000::/3'])

/** IANA special-purpose address registries (RFC 6890), and multicast. */
const SPECIAL = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Link-local; most clouds keep the credentials of the machine at 169.254.169.254.
  '169.254.0.0/16',
  // Azure answers the same questions here, though the address is no special one.
  '168.63.129.16/32',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Protocol assignments, with Teredo: it carries an IPv4 address.
  '2001::/23',
  '2001:db8::/32',
  // 6to4 carries an IPv4 address too.
  '2002::/16',
  '3fff::/20',
])
