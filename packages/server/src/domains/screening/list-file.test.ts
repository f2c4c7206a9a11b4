import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSanctions } from '../../composition/open-sanctions.ts'
import { ConfigError } from '../../platform/config/index.ts'
import { LARGEST_LIST_BYTES, MOST_ENTRIES } from './policy.ts'

let folder: string
const path = () => join(folder, 'list.json')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-list-'))
})
afterAll(() => rm(folder, { recursive: true }))

const opened = async (content: unknown) => {
  await writeFile(path(), typeof content === 'string' ? content : JSON.stringify(content))
  return openSanctions(path())
}

it('is not there where no file is configured', async () => {
  expect(await openSanctions(undefined)).toBeUndefined()
})

it('finds who is in the file, by name and by alias', async () => {
  const list = await opened([
    { id: 'a', name: 'Ann Other' },
    { id: 'b', name: 'Bo Body', aliases: ['Ann Other'] },
  ])

  expect(await list?.find('other ann')).toEqual([{ entryId: 'a' }, { entryId: 'b' }])
})

const entry = { id: 'a', name: 'Ann Other' }

it.each([
  ['no JSON', '[{', 'it is no JSON'],
  ['no array', entry, '`/`'],
  ['nobody in it', [], '`/`'],
  ['too many entries', Array.from({ length: MOST_ENTRIES + 1 }, () => 0), '`/`'],
  ['an entry without an id', [{ name: 'Ann Other' }], '`/0/id`'],
  ['an empty id', [{ ...entry, id: '' }], '`/0/id`'],
  ['an id that is too long', [{ ...entry, id: 'x'.repeat(101) }], '`/0/id`'],
  ['an id twice', [entry, entry], '`/1/id`: it is there twice'],
  ['a name without a letter', [{ ...entry, name: '—' }], '`/0/name`'],
  ['a name that is too long', [{ ...entry, name: 'x'.repeat(301) }], '`/0/name`'],
  ['an alias without a letter', [{ ...entry, aliases: ['.'] }], '`/0/aliases/0`'],
  ['too many aliases', [{ ...entry, aliases: Array(201).fill('Ann') }], '`/0/aliases`'],
  ['a member that is not known', [{ ...entry, alias: 'Ann' }], '`/0`'],
])('with %s refuses the start, and says where', async (_, content, where) => {
  const error = await opened(content).catch((reason: unknown) => reason)

  expect(error).toBeInstanceOf(ConfigError)
  expect(String(error)).toContain(where)
  expect(String(error)).toContain('JSON array')
})

it('that is missing or too large refuses the start', async () => {
  await expect(openSanctions(join(folder, 'none.json'))).rejects.toThrow('can not be read')
  await opened([entry])
  await truncate(path(), LARGEST_LIST_BYTES + 1)

  await expect(openSanctions(path())).rejects.toThrow('larger than 32 MiB')
})
