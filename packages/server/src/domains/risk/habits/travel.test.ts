import { describe, expect, it } from 'vitest'
import { distanceKm, isImpossibleTravel } from './travel.ts'

const BERN = { latitude: 46.95, longitude: 7.45 }
const ZURICH = { latitude: 47.37, longitude: 8.54 }
const MUNICH = { latitude: 48.14, longitude: 11.58 }
const LYON = { latitude: 45.76, longitude: 4.84 }
const BERLIN = { latitude: 52.52, longitude: 13.4 }
const SYDNEY = { latitude: -33.87, longitude: 151.21 }
const FIJI = { latitude: -17.7, longitude: 178 }
const SAMOA = { latitude: -13.8, longitude: -171.8 }

it.each([
  ['nowhere', BERN, BERN, 0, 0],
  ['to the next town', BERN, ZURICH, 90, 105],
  ['to another country', BERN, BERLIN, 740, 770],
  ['to the other side', BERN, SYDNEY, 16_500, 16_800],
  ['over the date line', FIJI, SAMOA, 1100, 1250],
  [
    'from pole to pole',
    { latitude: 90, longitude: 0 },
    { latitude: -90, longitude: 77 },
    20_000,
    20_020,
  ],
])('is a distance %s', (_, from, to, low, high) => {
  const distance = distanceKm(from, to)

  expect(distance).toBeGreaterThanOrEqual(low)
  expect(distance).toBeLessThanOrEqual(high)
})

describe('a journey', () => {
  const journey = (
    to: { readonly latitude: number; readonly longitude: number },
    hours: number,
    accuracyKm = 10,
  ) =>
    isImpossibleTravel(
      { point: { ...BERN, accuracyKm }, at: new Date(0) },
      { point: { ...to, accuracyKm }, at: new Date(hours * 3_600_000) },
    )

  it.each([
    ['to the next town, at once', ZURICH, 0, 10, false],
    ['just below the shortest that is judged, at once', LYON, 0, 10, false],
    ['just above it, at once', MUNICH, 0, 10, true],
    ['to another country, at once', BERLIN, 0, 10, true],
    ['to another country, as a plane flies', BERLIN, 0.85, 10, false],
    ['to another country, faster than that', BERLIN, 0.75, 10, true],
    ['that may be none, as rough as the places are', BERLIN, 0, 300, false],
    ['to the other side, in a day', SYDNEY, 24, 10, false],
    ['to the other side, in half a day', SYDNEY, 12, 10, true],
    ['to another country, back in time', BERLIN, -48, 10, true],
  ] as const)('%s', (_, to, hours, accuracyKm, isImpossible) => {
    expect(journey(to, hours, accuracyKm)).toBe(isImpossible)
  })
})
