import { isIP } from 'node:net'

/**
 * One spelling for each address: IPv4 where IPv6 carries it as mapped, no zone, the shortest IPv6.
 * Attack: whoever is on a deny list as `192.0.2.1` comes as `::ffff:c000:201`.
 * @returns undefined for what is no address
 * @see RFC 4291 §2.5.5.2, RFC 5952
 */
export function canonicalAddress(text: string): string | undefined {
  const zone = text.indexOf('%')
  const address = zone === -1 ? text : text.slice(0, zone)
  const family = isIP(address)
  if (family !== 6) return family === 4 ? address : undefined
  const shortest = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const mapped = MAPPED.exec(shortest)
  if (mapped === null) return shortest
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

const MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/
