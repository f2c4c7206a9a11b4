import { readFile } from 'node:fs/promises'
import { Reader, type Response, validate } from 'maxmind'
import type { PlaceFinder } from './place-finder.ts'

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
  return {
    find: (ip) => (validate(ip) ? placeOf(reader.get(ip)) : undefined),
  }
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
