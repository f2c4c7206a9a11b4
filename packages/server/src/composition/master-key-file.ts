import { randomBytes } from 'node:crypto'
import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { Secret } from '../kernel/index.ts'

export interface MasterKeyFile {
  readonly masterKey: Secret<Uint8Array>
  readonly created: boolean
}

/**
 * Reads the master key of a development folder, or makes one with mode 0600.
 * @throws Error if the file holds something else
 */
export async function openMasterKeyFile(path: string): Promise<MasterKeyFile> {
  const existing = await readKey(path)
  if (existing !== undefined) return { masterKey: existing, created: false }
  const created = await createKeyFile(path)
  const masterKey = await readKey(path)
  if (masterKey === undefined) throw new Error(`\`${path}\` vanished while it was made`)
  return { masterKey, created }
}

export function randomMasterKey(): Secret<Uint8Array> {
  return new Secret<Uint8Array>(randomBytes(KEY_BYTES))
}

async function readKey(path: string): Promise<Secret<Uint8Array> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  // Someone may have copied the folder with other modes.
  await chmod(path, 0o600)
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return new Secret<Uint8Array>(key)
  throw new Error(`\`${path}\` is not a master key: restore it, or start anew with --reset`)
}

/** `link` makes a file that is complete, or none: a crash leaves no half key, two starts no two. */
async function createKeyFile(path: string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`
  await writeFile(temporary, text, { flag: 'wx', mode: 0o600 })
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

const KEY_BYTES = 32
