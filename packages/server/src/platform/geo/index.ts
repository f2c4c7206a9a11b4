export { GeoFileError, openGeoFile } from './open-geo-file.ts'
export type { PlaceFinder } from './place-finder.ts'
