import { readFile } from 'node:fs/promises'
import { Reader, type Response } from 'maxmind'
import { canonicalAddress } from '../networks/index.ts'
import type { GeoPoint, Location, PlaceFinder } from './place-finder.ts'

/** Why a file can't tell places. */
export class GeoFileError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'GeoFileError'
  }
}

/**
 * Reads a MaxMind DB into memory. Replace the file and start again to update it.
 * @throws GeoFileError if it can't be read or is no such file
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export async function openGeoFile(path: string): Promise<PlaceFinder> {
  const content = await readFile(path).catch((error: unknown) => {
    throw new GeoFileError('it can not be read', error)
  })
  const reader = parse(content)
  const lookUp = (ip: string): unknown => {
    const address = canonicalAddress(ip)
    return address === undefined ? undefined : reader.get(address)
  }
  return { find: (ip) => placeOf(lookUp(ip)), locate: (ip) => locationOf(lookUp(ip)) }
}

function parse(content: Buffer): Reader<Response> {
  try {
    return new Reader<Response>(content)
  } catch (error) {
    throw new GeoFileError('it is no MaxMind DB', error)
  }
}

/** Nothing of the file is believed: a file of another kind has other members, or none. */
function placeOf(found: unknown): string | undefined {
  const country = nameOf(found, 'country')
  const city = nameOf(found, 'city')
  if (country === undefined) return city
  return city === undefined ? country : `${city}, ${country}`
}

/** The country where it is; that it is registered in another one says nothing of who uses it. */
function locationOf(found: unknown): Location {
  const code = member(member(found, 'country'), 'iso_code')
  const asn =
    member(found, 'autonomous_system_number') ??
    member(member(found, 'traits'), 'autonomous_system_number')
  return {
    country: typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : undefined,
    point: pointOf(member(found, 'location')),
    asn: typeof asn === 'number' && Number.isSafeInteger(asn) && asn > 0 ? asn : undefined,
  }
}

function pointOf(found: unknown): GeoPoint | undefined {
  const latitude = numberBetween(member(found, 'latitude'), -90, 90)
  const longitude = numberBetween(member(found, 'longitude'), -180, 180)
  if (latitude === undefined || longitude === undefined) return undefined
  const accuracyKm = numberBetween(member(found, 'accuracy_radius'), 0, HALF_AROUND_KM)
  return { latitude, longitude, accuracyKm: accuracyKm ?? UNKNOWN_ACCURACY_KM }
}

function numberBetween(value: unknown, low: number, high: number): number | undefined {
  return typeof value === 'number' && value >= low && value <= high ? value : undefined
}

function nameOf(found: unknown, kind: 'city' | 'country'): string | undefined {
  const name = member(member(member(found, kind), 'names'), 'en')
  if (typeof name !== 'string' || name === '') return undefined
  return Array.from(name.replace(/\p{C}/gu, '')).slice(0, LONGEST_NAME).join('')
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** Characters; a city and a country are at most 100 together. */
const LONGEST_NAME = 49

/** Half of the way around the earth: no place is farther from another. */
const HALF_AROUND_KM = 20_038

/** The largest radius that MaxMind gives: where a file gives none, a point may be of a country. */
const UNKNOWN_ACCURACY_KM = 1_000
