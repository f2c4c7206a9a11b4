import { ConfigError } from '../platform/config/index.ts'
import { GeoFileError, openGeoFile, type PlaceFinder } from '../platform/geo/index.ts'

/**
 * @returns undefined where no file is configured
 * @throws ConfigError if the file can't serve
 */
export async function openPlaces(path: string | undefined): Promise<PlaceFinder | undefined> {
  if (path === undefined) return undefined
  return openGeoFile(path).catch((error: unknown) => {
    throw error instanceof GeoFileError ? unusable(path, error) : error
  })
}

function unusable(path: string, error: GeoFileError): ConfigError {
  return new ConfigError([
    {
      setting: 'geo.file',
      what: `\`${path}\`: ${error.message}`,
      fix: 'name a MaxMind DB file (.mmdb) that this user may read, or none',
      unsafe: false,
    },
  ])
}
