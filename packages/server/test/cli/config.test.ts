import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { countersign, temporaryFolder } from './test-io.ts'

const cwd = temporaryFolder()
const masterKey = randomBytes(32).toString('base64')
const env = {
  COUNTERSIGN_MASTER_KEY: masterKey,
  COUNTERSIGN_DATABASE_URL: 'postgres://app:hunter2hunter2@db.example:5432/countersign',
  COUNTERSIGN_SMTP_URL: 'smtps://mailer:swordfish99@mail.example',
  COUNTERSIGN_MAIL_FROM: 'no-reply@example.com',
  COUNTERSIGN_PORT: '4900',
}
const secrets = [masterKey, 'hunter2hunter2', 'swordfish99', 'db.example', 'mail.example']

describe('countersign config print', () => {
  it.each(['config print', 'config print --redact', 'config print --json'])(
    'shows no secret with `%s`',
    async (line) => {
      const { stdout, stderr, code } = await countersign(line, { env, cwd })

      expect(code).toBe(0)
      for (const secret of secrets) expect(stdout + stderr).not.toContain(secret)
      expect(stdout).toContain('[secret]')
    },
  )

  it('says where each value came from', async () => {
    const { stdout } = await countersign('config print', { env, cwd })

    expect(stdout).toMatch(/^http\.port +4900 +COUNTERSIGN_PORT$/m)
    expect(stdout).toMatch(/^masterKey +\[secret\] +COUNTERSIGN_MASTER_KEY$/m)
    expect(stdout).toMatch(/^logLevel +info +default \(COUNTERSIGN_LOG_LEVEL\)$/m)
  })

  it('names the setting that a misspelled variable probably meant', async () => {
    const transcript = await countersign('config print', {
      env: { COUNTERSIGN_PROT: '1' },
      cwd,
    })

    expect(transcript).toEqual({
      stdout: '',
      stderr:
        'countersign: configuration refused\n' +
        '  ✖ COUNTERSIGN_PROT: there is no setting of this name\n' +
        '    fix: did you mean `COUNTERSIGN_PORT`?\n',
      code: 2,
    })
  })

  it('is not disturbed by the settings of a resource server in the same shell', async () => {
    const { code } = await countersign('config print', {
      env: { COUNTERSIGN_ISSUER: 'http://localhost:4820/t/acme', COUNTERSIGN_AUDIENCE: 'x' },
      cwd,
    })

    expect(code).toBe(0)
  })
})

describe('countersign config schema', () => {
  it('writes a JSON Schema', async () => {
    const { stdout, code } = await countersign('config schema', { cwd })

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ title: 'Countersign configuration' })
  })
})

describe('countersign healthcheck', () => {
  it('ends with 5 when nothing answers', async () => {
    const { stdout, code } = await countersign('healthcheck', {
      env: { COUNTERSIGN_PRIVATE_PORT: '1' },
      cwd,
    })

    expect({ stdout, code }).toEqual({
      stdout: 'no answer from http://127.0.0.1:1/readyz\n',
      code: 5,
    })
  })

  it('says that the private port is off', async () => {
    const { stderr, code } = await countersign('healthcheck', {
      env: { COUNTERSIGN_PRIVATE_PORT: '0' },
      cwd,
    })

    expect(stderr).toBe('countersign: the private port is off: set COUNTERSIGN_PRIVATE_PORT\n')
    expect(code).toBe(2)
  })
})
