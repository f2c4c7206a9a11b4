import type { GeoPoint } from '../../../platform/geo/index.ts'
import { PLAUSIBLE_SPEED_KMH, SHORTEST_JOURNEY_KM } from '../policy.ts'

export interface Sighting {
  readonly point: GeoPoint
  readonly at: Date
}

/**
 * Whether nobody can have been at both places. How wrong both may be is taken off the distance. A
 * clock that stepped back leaves no time at all (invariant I11).
 */
export function isImpossibleTravel(from: Sighting, to: Sighting): boolean {
  const uncertain = from.point.accuracyKm + to.point.accuracyKm
  const distance = distanceKm(from.point, to.point) - uncertain
  if (distance < SHORTEST_JOURNEY_KM) return false
  const hours = Math.max(0, to.at.getTime() - from.at.getTime()) / 3_600_000
  return distance > hours * PLAUSIBLE_SPEED_KMH
}

type Degrees = Pick<GeoPoint, 'latitude' | 'longitude'>

/** On a great circle (haversine); the earth is taken for a sphere, which is wrong by 0.5 % at most. */
export function distanceKm(a: Degrees, b: Degrees): number {
  const [north, east] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)]
  const along = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude))
  const chord = Math.sin(north / 2) ** 2 + along * Math.sin(east / 2) ** 2
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}

/** Mean radius. @see IUGG, R1 */
const EARTH_RADIUS_KM = 6371.009
