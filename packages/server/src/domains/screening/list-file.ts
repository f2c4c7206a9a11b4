import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import type { ListEntry } from './model.ts'
import { nameTokens } from './name-tokens.ts'
import {
  LARGEST_LIST_BYTES,
  LONGEST_ENTRY_ID,
  LONGEST_LISTED_NAME,
  MOST_ALIASES,
  MOST_ENTRIES,
} from './policy.ts'

/** Why a file can't serve as a sanctions list. */
export class SanctionsFileError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'SanctionsFileError'
  }
}

/**
 * Reads the list once: who replaces the file starts again.
 * @throws SanctionsFileError if it can't be read, is too large, or has an entry that can't be found
 */
export async function readListFile(path: string): Promise<readonly ListEntry[]> {
  return parseList(await readBounded(path))
}

async function readBounded(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > LARGEST_LIST_BYTES) throw new SanctionsFileError('it is larger than 32 MiB')
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof SanctionsFileError) throw error
    throw new SanctionsFileError('it can not be read', error)
  }
}

function parseList(text: string): readonly ListEntry[] {
  const result = listSchema.safeParse(parseJson(text))
  if (!result.success) {
    const issue = result.error.issues[0]
    const place = issue?.path.join('/') ?? ''
    throw new SanctionsFileError(`\`/${place}\`: ${issue?.message.toLowerCase() ?? 'malformed'}`)
  }
  checkIdsDiffer(result.data)
  return result.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SanctionsFileError('it is no JSON', error)
  }
}

function checkIdsDiffer(entries: readonly ListEntry[]): void {
  const ids = new Set<string>()
  for (const [index, { id }] of entries.entries()) {
    if (ids.has(id)) throw new SanctionsFileError(`\`/${index}/id\`: it is there twice`)
    ids.add(id)
  }
}

const listedName = z
  .string()
  .max(LONGEST_LISTED_NAME)
  .refine((name) => nameTokens(name).length > 0, 'must have a letter or a digit')

// An empty list would screen against nothing, and look as if it did not.
const listSchema = z
  .array(
    z.strictObject({
      id: z.string().min(1).max(LONGEST_ENTRY_ID),
      name: listedName,
      aliases: z.array(listedName).max(MOST_ALIASES).default([]),
    }),
  )
  .min(1)
  .max(MOST_ENTRIES)
