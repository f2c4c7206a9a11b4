import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockFolder } from '../../src/platform/db/embedded-lock.ts'
import { countersign, temporaryFolder } from './test-io.ts'

const cwd = temporaryFolder()

describe('countersign dev refuses', () => {
  it.each([
    ['production', { NODE_ENV: 'production' }, 'development mode refuses NODE_ENV=production'],
    ['a public address', { COUNTERSIGN_HOST: '0.0.0.0' }, 'listens on loopback only'],
    ['a public IPv6 address', { COUNTERSIGN_HOST: '::' }, 'listens on loopback only'],
    [
      'to seed a database server',
      { COUNTERSIGN_DATABASE_URL: 'postgres://app@127.0.0.1:1/x' },
      'it seeds no database server',
    ],
  ])('%s with exit code 64, and leaves nothing behind', async (_, env, message) => {
    const { stdout, stderr, code } = await countersign('dev --port 0', { env, cwd })

    expect({ stdout, code }).toEqual({ stdout: '', code: 64 })
    expect(stderr).toContain(message)
    expect(existsSync(join(cwd, '.countersign'))).toBe(false)
  })

  it.each(['system', 'Acme', '-acme', 'a_b'])('`--tenant %s`', async (slug) => {
    const { stderr, code } = await countersign(`dev --tenant ${slug}`, { cwd })

    expect(code).toBe(2)
    expect(stderr).toContain('--tenant takes lower-case letters')
  })

  it.each(['70000', '-1', 'http'])('port %s', async (port) => {
    const { stderr, code } = await countersign(`dev --port=${port}`, { cwd })

    expect(code).toBe(2)
    expect(stderr).toContain('give a whole number, 0–65535')
  })

  it('`--reset` of a folder that holds something else', async () => {
    const folder = join(cwd, 'precious')
    mkdirSync(join(folder, 'db'), { recursive: true })
    writeFileSync(join(folder, 'db', 'thesis.txt'), 'years of work')

    const { stderr, code } = await countersign('dev --port 0 --reset', {
      env: { COUNTERSIGN_DATABASE_FOLDER: folder },
      cwd,
    })

    expect({ stderr, code }).toEqual({
      stderr: `countersign: \`${join(folder, 'db')}\` is no database: nothing was deleted\n`,
      code: 64,
    })
    expect(existsSync(join(folder, 'db', 'thesis.txt'))).toBe(true)
  })

  it.each(['dev --port 0', 'dev --port 0 --reset'])(
    '`%s` on data that another process has open',
    async (line) => {
      const folder = join(cwd, 'busy')
      mkdirSync(folder, { recursive: true })
      const unlock = lockFolder(folder)
      const env = { COUNTERSIGN_DATABASE_FOLDER: folder }

      const { stderr, code } = await countersign(line, { env, cwd })
      unlock()

      expect(code).toBe(1)
      expect(stderr).toContain(`is in use by process ${process.pid}: stop it`)
    },
  )

  it('a master key file that holds something else', async () => {
    const folder = join(cwd, 'no-key')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'master.key'), 'short')
    const env = { COUNTERSIGN_DATABASE_FOLDER: folder }

    const { stderr, code } = await countersign('dev --port 0', { env, cwd })

    expect(code).toBe(1)
    expect(stderr).toContain('is not a master key: restore it, or start anew with --reset')
  })
})

describe('a port that is taken', () => {
  let taken: Server
  let port: number

  beforeAll(async () => {
    taken = createServer()
    port = await new Promise((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
  afterAll(() => void taken.close())

  it('is named with its process and the fix', async () => {
    const { stderr, code } = await countersign(`dev --port ${port}`, { cwd })

    const owner = process.platform === 'linux' ? ` by pid ${process.pid}` : ''
    expect({ stderr, code }).toEqual({
      stderr: `countersign: port ${port} is in use${owner}: use --port, or set COUNTERSIGN_PORT\n`,
      code: 1,
    })
  })
})

describe('countersign dev --env', () => {
  it('prints the settings of a resource server and ends', async () => {
    const transcript = await countersign('dev --env --port 4900 --tenant initech', { cwd })

    expect(transcript).toEqual({
      stdout:
        'COUNTERSIGN_ISSUER=http://localhost:4900/t/initech\nCOUNTERSIGN_AUDIENCE=notes-api\n',
      stderr: '',
      code: 0,
    })
  })
})
