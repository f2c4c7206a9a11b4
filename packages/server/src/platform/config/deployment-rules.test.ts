import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { type Command, ConfigError, loadConfig, SAMPLE_MASTER_KEY } from './index.ts'
import { isLoopbackHost } from './deployment-rules.ts'

const goodKey = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 73 + 200) % 256))

const production = {
  COUNTERSIGN_BASE_URL: 'https://id.example.com',
  COUNTERSIGN_DATABASE_URL: 'postgres://app@db/countersign',
  COUNTERSIGN_MASTER_KEY: goodKey.toString('base64'),
  COUNTERSIGN_SMTP_URL: 'smtps://mail.example.com',
  COUNTERSIGN_MAIL_FROM: 'Example <id@example.com>',
}

function problemsOf(command: Command, env: Record<string, string>) {
  try {
    loadConfig({ env, cwd: tmpdir(), command })
    return { settings: [], exitCode: 0 }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { settings: error.problems.map((p) => p.setting), exitCode: error.exitCode }
  }
}

describe('serve', () => {
  it('accepts a complete configuration', () => {
    expect(problemsOf('serve', production).settings).toEqual([])
    expect(loadConfig({ env: production, cwd: tmpdir(), command: 'serve' }).config.mode).toBe(
      'production',
    )
  })

  it.each([
    ['COUNTERSIGN_BASE_URL', 'http.baseUrl'],
    ['COUNTERSIGN_DATABASE_URL', 'database.url'],
    ['COUNTERSIGN_MASTER_KEY', 'masterKey'],
  ])('refuses to start without %s', (variable, setting) => {
    const { [variable]: _, ...rest } = production as Record<string, string>

    expect(problemsOf('serve', rest)).toEqual({ settings: [setting], exitCode: 2 })
  })

  it('refuses the development mailbox', () => {
    const { COUNTERSIGN_SMTP_URL: _, COUNTERSIGN_MAIL_FROM: __, ...rest } = production

    expect(problemsOf('serve', rest)).toEqual({ settings: ['mail.smtpUrl'], exitCode: 2 })
  })

  it('lists everything that lacks at once', () => {
    expect(problemsOf('serve', {}).settings).toEqual([
      'database.url',
      'masterKey',
      'http.baseUrl',
      'mail.smtpUrl',
    ])
  })

  it.each([
    ['the documented sample', Buffer.from(SAMPLE_MASTER_KEY, 'base64')],
    ['one byte repeated', Buffer.alloc(32, 7)],
    ['a short pattern repeated', Buffer.from('0123456789abcdef'.repeat(4), 'hex')],
    ['counting bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i + 250))],
    ['text', Buffer.from('my very long and secret password')],
  ])('refuses a master key that is %s, for safety', (_, key) => {
    const env = { ...production, COUNTERSIGN_MASTER_KEY: key.toString('base64') }

    expect(problemsOf('serve', env)).toEqual({ settings: ['masterKey'], exitCode: 64 })
  })

  it('refuses a weak pepper', () => {
    const pepper = Buffer.alloc(32, 1).toString('base64')

    const env = { ...production, COUNTERSIGN_PASSWORD_PEPPER: pepper }
    expect(problemsOf('serve', env).settings).toEqual(['passwords.pepper'])
  })

  it.each([
    ['http://id.example.com', ['http.baseUrl']],
    ['http://localhost.example.com', ['http.baseUrl']],
    ['http://127.0.0.1.example.com', ['http.baseUrl']],
    ['http://localhost:4820', []],
    ['http://127.0.0.1:4820', []],
    ['http://[::1]:4820', []],
  ])('with the base URL %s finds the problems %j', (url, settings) => {
    expect(problemsOf('serve', { ...production, COUNTERSIGN_BASE_URL: url })).toEqual({
      settings,
      exitCode: settings.length === 0 ? 0 : 64,
    })
  })
})

describe('other commands', () => {
  it.each<[Command, string[]]>([
    ['migrate', ['database.url']],
    ['keys', ['database.url', 'masterKey']],
    ['admin', ['database.url', 'masterKey', 'http.baseUrl']],
    ['doctor', []],
    ['config', []],
    ['healthcheck', []],
  ])('%s asks for %j', (command, settings) => {
    expect(problemsOf(command, {}).settings).toEqual(settings)
  })
})

describe('dev', () => {
  it('refuses NODE_ENV=production with exit code 64', () => {
    expect(problemsOf('dev', { NODE_ENV: 'production' })).toEqual({
      settings: ['NODE_ENV'],
      exitCode: 64,
    })
  })

  it.each([
    ['COUNTERSIGN_HOST', '0.0.0.0', 'http.host'],
    ['COUNTERSIGN_HOST', '::', 'http.host'],
    ['COUNTERSIGN_HOST', '192.168.1.2', 'http.host'],
    ['COUNTERSIGN_HOST', 'example.com', 'http.host'],
    ['COUNTERSIGN_PRIVATE_HOST', '0.0.0.0', 'privateHttp.host'],
  ])('refuses %s=%s with exit code 64', (variable, host, setting) => {
    expect(problemsOf('dev', { [variable]: host })).toEqual({ settings: [setting], exitCode: 64 })
  })

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1', '[::1]', 'app.localhost'])(
    'takes %s as loopback',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true)
    },
  )
})
