import type { GeoPoint, PlaceFinder } from '../../src/platform/geo/index.ts'

interface FakePlace {
  readonly place?: string
  readonly country?: string
  readonly point?: GeoPoint
  readonly asn?: number
}

/** Knows the addresses that it was given, and nothing else. */
export function fakePlaces(known: Readonly<Record<string, FakePlace>>): PlaceFinder {
  return {
    find: (ip) => known[ip]?.place,
    locate: (ip) => ({
      country: known[ip]?.country,
      point: known[ip]?.point,
      asn: known[ip]?.asn,
    }),
  }
}
