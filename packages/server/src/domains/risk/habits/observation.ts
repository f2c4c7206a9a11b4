import type { RequestContext, UserId } from '../../../kernel/index.ts'
import { hmacSha256 } from '../../../platform/crypto/index.ts'
import type { GeoPoint, PlaceFinder } from '../../../platform/geo/index.ts'
import { canonicalAddress } from '../../../platform/networks/index.ts'

/**
 * What one sign-in shows of its user. Kinds have a name under each key, the current one first: what
 * was learnt under an earlier master key is still known. undefined: nobody can tell.
 */
export interface Observation {
  readonly country: readonly string[] | undefined
  readonly network: readonly string[] | undefined
  readonly client: readonly string[] | undefined
  /** Of the day, UTC. */
  readonly hour: number
  readonly point: GeoPoint | undefined
  readonly at: Date
}

export interface ObservedUser {
  readonly userId: UserId
  /** The kind of program that is used, in words; undefined: it does not say. */
  readonly client: string | undefined
}

/**
 * SECURITY: only keyed hashes go on, which differ for every tenant and user. Attack: whoever reads
 * the table looks up which users share a network or a browser, or who was in a country.
 */
export function observe(
  { keys, places }: { readonly keys: readonly Buffer[]; readonly places: PlaceFinder | undefined },
  { tenant, source, clock }: RequestContext,
  { userId, client }: ObservedUser,
): Observation {
  const location = places?.locate(source.ip)
  const at = clock.now()
  const nameOf = (kind: string, value: string | undefined) => {
    if (value === undefined) return undefined
    const named = `${kind}|${tenant.id}|${userId}|${value}`
    return keys.map((key) => hmacSha256(key, named).subarray(0, NAME_BYTES).toString('base64url'))
  }
  return {
    country: nameOf('country', location?.country),
    network: nameOf('network', networkOf(source.ip, location?.asn)),
    client: nameOf('client', client),
    hour: at.getUTCHours(),
    point: location?.point === undefined ? undefined : rounded(location.point),
    at,
  }
}

/** Who runs the network where that is known; else a /24, or the /48 that a site of IPv6 gets. */
function networkOf(ip: string, asn: number | undefined): string | undefined {
  if (asn !== undefined) return `as${asn}`
  const address = canonicalAddress(ip)
  if (address === undefined) return undefined
  if (!address.includes(':')) return address.slice(0, address.lastIndexOf('.'))
  const [head = ''] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  return [...groups, '0', '0', '0'].slice(0, 3).join(':')
}

/** To a tenth of a degree, 11 km: what is kept of a place is no closer. */
function rounded({ latitude, longitude, accuracyKm }: GeoPoint): GeoPoint {
  const tenth = (degrees: number) => Math.round(degrees * 10) / 10
  return { latitude: tenth(latitude), longitude: tenth(longitude), accuracyKm: accuracyKm + 8 }
}

/** 96 bits: of the few values of one user no two have the same name. */
const NAME_BYTES = 12
