import type { Clock } from '../kernel/index.ts'
import {
  type BreachedPasswords,
  createRangeService,
  HashFileError,
  openHashFile,
} from '../platform/breached-passwords/index.ts'
import { type BreachedPasswordsConfig, ConfigError } from '../platform/config/index.ts'
import { createEgress } from '../platform/egress/index.ts'

/**
 * @returns undefined where none is configured
 * @throws ConfigError if the file can't serve
 */
export async function openBreachedPasswords(
  config: BreachedPasswordsConfig,
  clock: Clock,
): Promise<BreachedPasswords | undefined> {
  switch (config.kind) {
    case 'off':
      return undefined
    case 'hibp': {
      // A mirror that the operator named may stand in the own network.
      const egress = createEgress({ allowPrivate: !config.isDefault })
      return createRangeService({ egress, clock, url: config.url })
    }
    case 'file':
      return openHashFile(config.path).catch((error: unknown) => {
        throw error instanceof HashFileError ? unusable(config.path, error) : error
      })
  }
}

function unusable(path: string, error: HashFileError): ConfigError {
  return new ConfigError([
    {
      setting: 'passwords.breachedFile',
      what: `\`${path}\`: ${error.message}`,
      fix: 'name a file of lines `SHA1:count`, ordered by hash, that this user may read',
      unsafe: false,
    },
  ])
}
