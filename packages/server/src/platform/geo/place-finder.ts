/** Tells roughly where an address is. */
export interface PlaceFinder {
  /**
   * `City, Country` or `Country`, in English, at most 100 characters. It helps people to recognise
   * their devices and is never trusted for a decision.
   * @returns undefined for an address that is nowhere in the data, private ones above all
   */
  find(ip: string): string | undefined
}
