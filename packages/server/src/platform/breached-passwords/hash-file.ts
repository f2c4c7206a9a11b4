import { type FileHandle, open } from 'node:fs/promises'
import type { Secret } from '../../kernel/index.ts'
import type { BreachedPasswords } from './breached-passwords.ts'
import { sha1OfPassword } from './sha1-of-password.ts'

/** Why a file can't serve as a list of breached passwords. */
export class HashFileError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'HashFileError'
  }
}

/**
 * Opens a list as Have I Been Pwned offers it for download: lines `SHA1HEX:count`, ordered by hash.
 * It is searched where it lies, about 30 small reads a password, however large it is.
 * @throws HashFileError if it can't be read, has other lines, or is not in order where looked at
 */
export async function openHashFile(path: string): Promise<BreachedPasswords> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new HashFileError('it can not be read', error)
  })
  try {
    await checkSample(file)
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    isBreached: (password: Secret<string>) => contains(file, sha1OfPassword(password)),
    close: () => file.close(),
  }
}

interface Line {
  readonly hash: string
  readonly count: number
  /** Offset of its first byte, and of the byte after its line break. */
  readonly start: number
  readonly end: number
}

/**
 * A list in the order of frequency, or of NTLM hashes, would answer `no` to everything. Lines all
 * over the file are compared; only a whole reading could prove the order.
 */
async function checkSample(file: FileHandle): Promise<void> {
  const size = await sizeOf(file)
  if (size === 0) throw new HashFileError('it is empty')
  let before: Line | undefined
  for (let part = 0; part <= SAMPLES; part++) {
    const line = await lineAt(file, Math.floor(((size - 1) * part) / SAMPLES), size)
    const isInOrder = before === undefined || line.start === before.start || line.hash > before.hash
    if (!isInOrder) throw new HashFileError('its lines are not ordered by hash')
    before = line
  }
}

async function contains(file: FileHandle, wanted: string): Promise<boolean> {
  const size = await sizeOf(file)
  let low = 0
  let high = size
  while (low < high) {
    const line = await lineAt(file, Math.floor((low + high) / 2), size)
    if (line.hash === wanted) return line.count > 0
    if (line.hash < wanted) low = line.end
    else high = line.start
  }
  return false
}

/** The line that the byte at `offset` belongs to. */
async function lineAt(file: FileHandle, offset: number, size: number): Promise<Line> {
  const from = Math.max(0, offset - LONGEST_LINE)
  const buffer = Buffer.alloc(Math.min(2 * LONGEST_LINE, size - from))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
  const text = buffer.toString('latin1', 0, bytesRead)
  const begin = text.lastIndexOf('\n', offset - from - 1) + 1
  const feed = text.indexOf('\n', offset - from)
  const end = feed === -1 ? bytesRead : feed + 1
  const { hash, count } = LINE.exec(text.slice(begin, end))?.groups ?? {}
  if (hash === undefined) throw new HashFileError('a line is not `SHA1:count`')
  return { hash: hash.toUpperCase(), count: Number(count), start: from + begin, end: from + end }
}

async function sizeOf(file: FileHandle): Promise<number> {
  return (await file.stat()).size
}

const LINE = /^(?<hash>[0-9A-Fa-f]{40}):(?<count>\d{1,15})\r?\n?$/
/** 40 digits, a colon, up to 15 digits of count, a line break. */
const LONGEST_LINE = 58
const SAMPLES = 64
