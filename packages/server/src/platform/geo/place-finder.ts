/** Tells roughly where an address is. */
export interface PlaceFinder {
  /**
   * `City, Country` or `Country`, in English, at most 100 characters. It helps people to recognise
   * their devices and is never trusted for a decision.
   * @returns undefined for an address that is nowhere in the data, private ones above all
   */
  find(ip: string): string | undefined
  /** The same for programs; what the data does not have is undefined. */
  locate(ip: string): Location
}

export interface Location {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined
  readonly point: GeoPoint | undefined
  /** Number of the autonomous system (RFC 1930): who runs the network. */
  readonly asn: number | undefined
}

export interface GeoPoint {
  /** Degrees. */
  readonly latitude: number
  readonly longitude: number
  /** The address is within this many kilometres of the point, most likely. */
  readonly accuracyKm: number
}
