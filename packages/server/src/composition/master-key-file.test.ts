import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openMasterKeyFile, randomMasterKey } from './master-key-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the master key file', () => {
  it('is made once, for its owner only, and is the same afterwards', async () => {
    const path = join(folder, 'once.key')

    const first = await openMasterKeyFile(path)
    const second = await openMasterKeyFile(path)

    expect([first.created, second.created]).toEqual([true, false])
    expect(first.masterKey.reveal()).toHaveLength(32)
    expect(second.masterKey.equals(first.masterKey)).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is one key for 50 parallel starts, and leaves no other file', async () => {
    const path = join(folder, 'race', 'master.key')
    mkdirSync(join(folder, 'race'))

    const opened = await Promise.all(Array.from({ length: 50 }, () => openMasterKeyFile(path)))

    const keys = new Set(
      opened.map(({ masterKey }) => Buffer.from(masterKey.reveal()).toString('hex')),
    )
    expect(keys.size).toBe(1)
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
    expect(readdirSync(join(folder, 'race'))).toEqual(['master.key'])
  })

  it('takes the mode away that a copy brought with it', async () => {
    const path = join(folder, 'copied.key')
    await openMasterKeyFile(path)
    chmodSync(path, 0o644)

    await openMasterKeyFile(path)

    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each(['', 'short', Buffer.alloc(33, 7).toString('base64')])(
    'refuses %j and does not replace it',
    async (text) => {
      const path = join(folder, 'other.key')
      writeFileSync(path, text)

      await expect(openMasterKeyFile(path)).rejects.toThrow('is not a master key')
      expect(readFileSync(path, 'utf8')).toBe(text)
    },
  )

  it('is random', () => {
    expect(randomMasterKey().equals(randomMasterKey())).toBe(false)
  })
})
