import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeGeoFile } from '../../../test/support/write-geo-file.ts'
import { openPlaces } from '../../composition/open-places.ts'
import { ConfigError } from '../config/index.ts'
import { GeoFileError, openGeoFile } from './open-geo-file.ts'

let folder: string
const path = () => join(folder, 'places.mmdb')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-geo-'))
  const places = [
    {
      network: '203.0.113.0/24',
      city: 'Bern',
      country: 'Switzerland',
      code: 'CH',
      location: { latitude: 46.948, longitude: -7.4474, accuracyKm: 20 },
      asn: 64_500,
    },
    { network: '198.51.100.0/24', country: 'Germany' },
    { network: '192.0.2.0/25', city: 'Nowhere' },
    { network: '192.0.2.128/25' },
    { network: '100.65.0.0/16', code: 'che', location: { latitude: 91, longitude: 0 } },
    { network: '100.66.0.0/16', code: 'FR', location: { latitude: 48, longitude: 2 } },
    { network: '100.64.0.0/16', country: `A\u0007${'x'.repeat(200)}` },
  ] as const
  await writeFile(path(), writeGeoFile(places))
})

afterAll(() => rm(folder, { recursive: true }))

it.each([
  ['203.0.113.200', 'Bern, Switzerland'],
  ['::ffff:203.0.113.200', 'Bern, Switzerland'],
  ['198.51.100.1', 'Germany'],
  ['192.0.2.1', 'Nowhere'],
  ['192.0.2.200', undefined],
  ['10.0.0.1', undefined],
  ['::1', undefined],
  ['internal', undefined],
  ['', undefined],
])('finds %s in %s', async (ip, place) => {
  const places = await openGeoFile(path())

  expect(places.find(ip)).toBe(place)
})

it.each([
  [
    '203.0.113.200',
    { country: 'CH', point: { latitude: 46.948, longitude: -7.4474, accuracyKm: 20 }, asn: 64_500 },
  ],
  ['100.66.0.1', { country: 'FR', point: { latitude: 48, longitude: 2, accuracyKm: 1000 } }],
  ['100.65.0.1', {}],
  ['192.0.2.1', {}],
  ['10.0.0.1', {}],
  ['internal', {}],
])('locates %s', async (ip, location) => {
  const places = await openGeoFile(path())

  const nowhere = { country: undefined, point: undefined, asn: undefined }
  expect(places.locate(ip)).toEqual({ ...nowhere, ...location })
})

it('shortens what the file says, and drops what can not be printed', async () => {
  const places = await openGeoFile(path())

  expect(places.find('100.64.0.1')).toBe(`A${'x'.repeat(48)}`)
})

it('refuses a file that is missing or of another kind', async () => {
  const other = join(folder, 'other.mmdb')
  await writeFile(other, 'no such thing')

  await expect(openGeoFile(join(folder, 'missing.mmdb'))).rejects.toThrow(GeoFileError)
  await expect(openGeoFile(other)).rejects.toThrow('it is no MaxMind DB')
  await expect(openPlaces(other)).rejects.toThrow(ConfigError)
})

it('is not there where no file is configured', async () => {
  expect(await openPlaces(undefined)).toBeUndefined()
})
