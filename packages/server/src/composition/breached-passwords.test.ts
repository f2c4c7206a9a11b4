import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { Secret } from '../kernel/index.ts'
import { ConfigError } from '../platform/config/index.ts'
import { openBreachedPasswords } from './breached-passwords.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-breached-'))
afterAll(() => rmSync(folder, { recursive: true }))
const clock = new FakeClock()

describe('openBreachedPasswords', () => {
  it('opens nothing where none is configured', async () => {
    expect(await openBreachedPasswords({ kind: 'off' }, clock)).toBeUndefined()
  })

  it('opens the file that the operator names', async () => {
    const path = join(folder, 'list.txt')
    writeFileSync(path, '5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\n')
    const list = await openBreachedPasswords({ kind: 'file', path }, clock)

    expect(await list?.isBreached(new Secret('password'))).toBe(true)
    await list?.close()
  })

  it('names the setting of a file that can not serve', async () => {
    const path = join(folder, 'missing.txt')
    const opening = openBreachedPasswords({ kind: 'file', path }, clock)

    await expect(opening).rejects.toBeInstanceOf(ConfigError)
    await expect(opening).rejects.toMatchObject({
      problems: [{ setting: 'passwords.breachedFile' }],
    })
  })

  it('lets a mirror of the operator stand in the own network, and nothing else', async () => {
    const ask = async (isDefault: boolean) => {
      const url = 'https://127.0.0.1:1'
      const service = await openBreachedPasswords({ kind: 'hibp', url, isDefault }, clock)
      return service?.isBreached(new Secret('password'))
    }

    await expect(ask(true)).rejects.toMatchObject({ failure: 'address_refused' })
    await expect(ask(false)).rejects.toMatchObject({ failure: 'unreachable' })
  })
})
