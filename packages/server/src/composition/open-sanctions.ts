import {
  createSanctionsList,
  readListFile,
  SanctionsFileError,
  type ScreeningPort,
} from '../domains/screening/index.ts'
import { ConfigError } from '../platform/config/index.ts'

/**
 * @returns undefined where no list is configured
 * @throws ConfigError if the file can't serve
 */
export async function openSanctions(path: string | undefined): Promise<ScreeningPort | undefined> {
  if (path === undefined) return undefined
  const entries = await readListFile(path).catch((error: unknown) => {
    throw error instanceof SanctionsFileError ? unusable(path, error) : error
  })
  return createSanctionsList(entries)
}

function unusable(path: string, error: SanctionsFileError): ConfigError {
  return new ConfigError([
    {
      setting: 'sanctions.file',
      what: `\`${path}\`: ${error.message}`,
      fix: 'name a JSON array of `{ "id", "name", "aliases" }` that this user may read, or none',
      unsafe: false,
    },
  ])
}
