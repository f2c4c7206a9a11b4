import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { HashFileError, openHashFile } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-breached-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function fileOf(text: string): string {
  const path = join(folder, `${files++}.txt`)
  writeFileSync(path, text)
  return path
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
const known = Array.from({ length: 5000 }, (_, index) => `known ${index}`)
/** Counts of different lengths, so that lines have different lengths. */
const lines = known.map((text, index) => `${sha1(text)}:${10 ** (index % 9)}`).sort()

async function answers(path: string, texts: readonly string[]): Promise<boolean[]> {
  const list = await openHashFile(path)
  const found = await Promise.all(texts.map((text) => list.isBreached(new Secret(text))))
  await list.close()
  return found
}

describe('file of hashes', () => {
  const unknown = Array.from({ length: 500 }, (_, index) => `unknown ${index}`)

  it.each([
    ['with CR and LF', `${lines.join('\r\n')}\r\n`],
    ['with LF', `${lines.join('\n')}\n`],
    ['without a line break at the end', lines.join('\n')],
    ['in lower case', `${lines.join('\n').toLowerCase()}\n`],
  ])('finds every password that is in it, %s, and no other', async (_, text) => {
    const path = fileOf(text)

    expect((await answers(path, known)).every(Boolean)).toBe(true)
    expect((await answers(path, unknown)).some(Boolean)).toBe(false)
  })

  it('works with a single line', async () => {
    expect(await answers(fileOf(`${sha1('one')}:1`), ['one', 'two', 'three'])).toEqual([
      true,
      false,
      false,
    ])
  })

  it('takes the count 0 for padding', async () => {
    expect(await answers(fileOf(`${sha1('one')}:0\n`), ['one'])).toEqual([false])
  })

  it.each([
    ['an empty file', '', 'empty'],
    ['a list ordered by frequency', [...lines].reverse().join('\n'), 'ordered'],
    ['NTLM hashes', `${lines.map((line) => line.slice(8)).join('\n')}\n`, 'not `SHA1:count`'],
    ['plain passwords', `${known.join('\n')}\n`, 'not `SHA1:count`'],
    ['hashes without counts', `${known.map(sha1).sort().join('\n')}\n`, 'not `SHA1:count`'],
    ['something endless', 'A'.repeat(10_000), 'not `SHA1:count`'],
  ])('refuses %s when it is opened', async (_, text, reason) => {
    const opening = openHashFile(fileOf(text))

    await expect(opening).rejects.toThrow(reason)
    await expect(opening).rejects.toBeInstanceOf(HashFileError)
  })

  it('refuses a file that is not there', async () => {
    await expect(openHashFile(join(folder, 'missing'))).rejects.toThrow('can not be read')
  })

  it('can not tell when a line that it needs is damaged later', async () => {
    const path = fileOf(`${lines.join('\n')}\n`)
    const list = await openHashFile(path)
    writeFileSync(path, 'x'.repeat(lines.join('\n').length))

    await expect(list.isBreached(new Secret('known 1'))).rejects.toThrow('not `SHA1:count`')
    await list.close()
  })
})
