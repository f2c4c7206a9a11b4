import { existsSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type MasterKeyFile,
  openMasterKeyFile,
  randomMasterKey,
} from '../composition/master-key-file.ts'
import type { Config } from '../platform/config/index.ts'
import { lockFolder } from '../platform/db/embedded-lock.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-code.ts'

/** Makes `./.countersign`: for its owner only, and ignored by git wherever it stands. */
export async function prepareStateFolder(cwd: string): Promise<void> {
  const folder = join(cwd, '.countersign')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  await writeFile(join(folder, '.gitignore'), '*\n')
}

/** The key lies beside the data that it sealed, so that neither is moved without the other. */
export async function findDevelopmentKey(config: Config): Promise<MasterKeyFile> {
  if (config.masterKey !== undefined) return { masterKey: config.masterKey, created: false }
  const folder = embeddedFolder(config)
  if (folder === undefined) return { masterKey: randomMasterKey(), created: true }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return openMasterKeyFile(join(folder, KEY_FILE))
}

/**
 * Deletes the development database and its key.
 * @throws CliError if the folder holds something else, or belongs to a running server
 */
export async function resetDevelopmentData(config: Config): Promise<void> {
  const folder = embeddedFolder(config)
  if (folder === undefined || !existsSync(folder)) return
  const data = join(folder, 'db')
  // Attack on oneself: a mistyped COUNTERSIGN_DATABASE_FOLDER must not delete anything else.
  if (existsSync(data) && !existsSync(join(data, 'PG_VERSION'))) {
    throw new CliError(`\`${data}\` is no database: nothing was deleted`, EXIT.refused)
  }
  const unlock = lockFolder(folder)
  try {
    await rm(data, { recursive: true, force: true })
    await rm(join(folder, KEY_FILE), { force: true })
  } finally {
    unlock()
  }
}

function embeddedFolder({ database }: Config): string | undefined {
  return database.kind === 'embedded' ? database.folder : undefined
}

const KEY_FILE = 'master.key'
