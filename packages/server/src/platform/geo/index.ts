export { GeoFileError, openGeoFile } from './open-geo-file.ts'
export type { GeoPoint, Location, PlaceFinder } from './place-finder.ts'
