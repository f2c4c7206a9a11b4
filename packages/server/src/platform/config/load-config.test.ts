import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Command, ConfigError, type LoadedConfig, loadConfig } from './index.ts'

const folders: string[] = []
function makeFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-config-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

const emptyFolder = makeFolder()

function load(env: Record<string, string>, more: Partial<Parameters<typeof loadConfig>[0]> = {}) {
  return loadConfig({ env, cwd: emptyFolder, command: 'config', ...more })
}

function loadFile(file: unknown, env: Record<string, string> = {}): LoadedConfig {
  return load(env, { cwd: makeFolder({ 'countersign.config.json': JSON.stringify(file) }) })
}

function refusal(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 73 + 200) % 256))

describe('loadConfig', () => {
  it('gives a development configuration from nothing', () => {
    const { config } = load({}, { command: 'dev' as Command })

    expect(config.mode).toBe('development')
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 4820 })
    expect(config.http.baseUrl).toBe('http://localhost:4820')
    expect(config.database).toEqual({
      kind: 'embedded',
      folder: join(emptyFolder, '.countersign/db'),
    })
    expect(config.mail).toEqual({ kind: 'mailbox' })
    expect(config.passwords).toMatchObject({ memoryKib: 65_536, iterations: 3, parallelism: 4 })
    expect(config.masterKey).toBeUndefined()
  })

  it('knows where breached passwords are looked up', () => {
    const breached = (kind: string, more = {}) =>
      load({ COUNTERSIGN_BREACHED_PASSWORDS: kind, ...more }).config.passwords.breached

    expect(load({}).config.passwords.breached).toEqual({ kind: 'off' })
    expect(breached('hibp')).toEqual({
      kind: 'hibp',
      url: 'https://api.pwnedpasswords.com',
      isDefault: true,
    })
    expect(
      breached('hibp', { COUNTERSIGN_BREACHED_PASSWORDS_URL: 'http://localhost:8080/hibp/' }),
    ).toEqual({ kind: 'hibp', url: 'http://localhost:8080/hibp', isDefault: false })
    expect(breached('file', { COUNTERSIGN_BREACHED_PASSWORDS_FILE: 'a.txt' })).toEqual({
      kind: 'file',
      path: join(emptyFolder, 'a.txt'),
    })
  })

  it('knows who sends SMS', () => {
    const sms = (env: Record<string, string>) => load(env, { mode: 'development' }).config.sms
    const url = 'https://sms.example.test/messages'

    expect(sms({})).toEqual({ kind: 'mailbox' })
    expect(
      sms({ COUNTERSIGN_SMTP_URL: 'smtp://localhost', COUNTERSIGN_MAIL_FROM: 'a@b.test' }),
    ).toEqual({
      kind: 'off',
    })
    expect(
      sms({ COUNTERSIGN_SMS_URL: url, COUNTERSIGN_SMS_AUTHORIZATION: 'Bearer key' }),
    ).toMatchObject({
      kind: 'http',
      url,
      format: 'json',
      body: '{"to":"{to}","text":"{text}"}',
    })
  })

  it.each([
    [{ COUNTERSIGN_SMS_BODY: 'To={to}' }],
    [{ COUNTERSIGN_SMS_BODY: 'To={to}&Body={text}' }],
    [{ COUNTERSIGN_SMS_AUTHORIZATION: 'Bearer key\nX: y' }],
  ])('refuses a provider of SMS that can not work: %o', (env) => {
    const all = { COUNTERSIGN_SMS_URL: 'https://sms.example.test/messages', ...env }
    const [name = ''] = Object.keys(env)
    const setting = { COUNTERSIGN_SMS_BODY: 'sms.body' }[name] ?? 'sms.authorization'

    expect(refusal(() => load(all)).problems).toMatchObject([{ setting }])
  })

  it('knows who makes challenges for people', () => {
    const named = { COUNTERSIGN_CAPTCHA_SITE_KEY: 'site', COUNTERSIGN_CAPTCHA_SECRET: 'hidden' }
    const captcha = (more: Record<string, string>) => load({ ...named, ...more }).config.captcha
    const url = 'http://localhost:8080/siteverify'

    expect(load({}).config.captcha).toEqual({ provider: 'altcha' })
    expect(captcha({ COUNTERSIGN_CAPTCHA_PROVIDER: 'turnstile' })).toMatchObject({
      provider: 'turnstile',
      url: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
      isDefaultUrl: true,
      siteKey: 'site',
    })
    expect(
      captcha({
        COUNTERSIGN_CAPTCHA_PROVIDER: 'hcaptcha',
        COUNTERSIGN_CAPTCHA_VERIFY_URL: url,
      }),
    ).toMatchObject({ provider: 'hcaptcha', url, isDefaultUrl: false })
  })

  it('lets the base URL of development follow the port', () => {
    expect(load({ COUNTERSIGN_PORT: '4900' }).config.http.baseUrl).toBe('http://localhost:4900')
  })

  it('prefers arguments to environment to file to defaults, and says which it was', () => {
    const cwd = makeFolder({
      'countersign.config.json': '{"http":{"port":1001},"privateHttp.port":1002,"logLevel":"warn"}',
    })
    const env = { COUNTERSIGN_PORT: '2001', COUNTERSIGN_PRIVATE_PORT: '2002' }
    const { config, sources } = load(env, { cwd, args: { 'http.port': '3001' } })

    expect([config.http.port, config.privateHttp.port, config.logLevel]).toEqual([
      3001,
      2002,
      'warn',
    ])
    expect(sources.get('http.port')).toEqual({ kind: 'argument', name: 'http.port' })
    expect(sources.get('privateHttp.port')).toEqual({
      kind: 'environment',
      name: 'COUNTERSIGN_PRIVATE_PORT',
    })
    expect(sources.get('logLevel')).toEqual({
      kind: 'file',
      name: join(cwd, 'countersign.config.json'),
    })
    expect(sources.get('shutdownSeconds')?.kind).toBe('default')
  })

  it('reads lists from the environment and from the file', () => {
    const env = { COUNTERSIGN_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }
    const file = { http: { allowedOrigins: ['https://app.example.com/'] } }
    const { http } = loadFile(file, env).config

    expect(http.trustedProxies).toEqual(['10.0.0.0/8', '::1'])
    expect(http.allowedOrigins).toEqual(['https://app.example.com'])
  })

  it('takes the database in memory, or on a server', () => {
    expect(load({ COUNTERSIGN_DATABASE_MEMORY: 'true' }).config.database).toEqual({
      kind: 'embedded',
      folder: undefined,
    })
    const { database } = load({ COUNTERSIGN_DATABASE_URL: 'postgres://app:pw@db/c' }).config
    expect(database.kind === 'server' && database.url.reveal()).toBe('postgres://app:pw@db/c')
  })

  it('reads the file that COUNTERSIGN_CONFIG names, and refuses when it is missing', () => {
    const cwd = makeFolder({ 'other.json': '{"http.port":1234}' })

    expect(load({ COUNTERSIGN_CONFIG: 'other.json' }, { cwd }).config.http.port).toBe(1234)
    const error = refusal(() => load({ COUNTERSIGN_CONFIG: 'missing.json' }, { cwd }))
    expect(error.problems[0]?.setting).toBe('COUNTERSIGN_CONFIG')
  })

  it('takes an empty variable as not set', () => {
    expect(load({ COUNTERSIGN_PORT: '' }).config.http.port).toBe(4820)
  })

  it('leaves variables of tests and of others alone', () => {
    expect(() => load({ COUNTERSIGN_TEST_POSTGRES_URL: 'x', PORT: 'x' })).not.toThrow()
  })
})

describe('secrets from files', () => {
  it('reads the file and drops one line break at its end', () => {
    const cwd = makeFolder({ key: `${key.toString('base64')}\n` })
    const { config, sources } = load({ COUNTERSIGN_MASTER_KEY_FILE: 'key' }, { cwd })

    expect(config.masterKey?.reveal()).toEqual(key)
    expect(sources.get('masterKey')).toEqual({ kind: 'secret_file', name: join(cwd, 'key') })
  })

  it('drops only one line break', () => {
    const cwd = makeFolder({ key: `${key.toString('base64')}\n\n` })

    const error = refusal(() => load({ COUNTERSIGN_MASTER_KEY_FILE: 'key' }, { cwd }))
    expect(error.problems[0]?.setting).toBe('masterKey')
  })

  it('refuses a file that can not be read, naming its path', () => {
    const error = refusal(() => load({ COUNTERSIGN_MASTER_KEY_FILE: '/does/not/exist' }))

    expect(error.problems[0]?.what).toContain('/does/not/exist')
  })

  it('refuses a file that is far too long', () => {
    const cwd = makeFolder({ key: 'x'.repeat(65_537) })

    const error = refusal(() => load({ COUNTERSIGN_MASTER_KEY_FILE: 'key' }, { cwd }))
    expect(error.problems[0]?.setting).toBe('COUNTERSIGN_MASTER_KEY_FILE')
  })

  it('refuses the variable together with its twin', () => {
    const cwd = makeFolder({ key: key.toString('base64') })
    const value = key.toString('base64')
    const env = { COUNTERSIGN_MASTER_KEY: value, COUNTERSIGN_MASTER_KEY_FILE: 'key' }

    expect(refusal(() => load(env, { cwd })).message).toContain('twin')
  })

  it('has no twin for what is no secret', () => {
    expect(refusal(() => load({ COUNTERSIGN_PORT_FILE: 'x' })).problems).toHaveLength(1)
  })

  it('refuses a secret as an argument, for everyone on the machine can read it', () => {
    const args = { masterKey: key.toString('base64') }

    const error = refusal(() => load({}, { args }))
    expect([error.exitCode, error.problems[0]?.setting]).toEqual([64, 'masterKey'])
  })
})

describe('names that do not exist', () => {
  it.each([
    ['COUNTERSIGN_PROT', 'COUNTERSIGN_PORT'],
    ['COUNTERSIGN_BASEURL', 'COUNTERSIGN_BASE_URL'],
    ['COUNTERSIGN_MASTER_KEY_FIEL', 'COUNTERSIGN_MASTER_KEY_FILE'],
    ['COUNTERSIGN_CONFIGS', 'COUNTERSIGN_CONFIG'],
  ])('refuses %s and asks whether %s was meant', (wrong, right) => {
    const error = refusal(() => load({ [wrong]: 'x' }))

    expect(error.problems).toEqual([
      {
        setting: wrong,
        what: expect.any(String),
        fix: `did you mean \`${right}\`?`,
        unsafe: false,
      },
    ])
  })

  it.each([
    ['flat', { 'http.prot': 1 }, 'http.prot', 'http.port'],
    ['nested', { http: { prot: 1 } }, 'http.prot', 'http.port'],
    ['at the top', { logLevl: 'info' }, 'logLevl', 'logLevel'],
  ])('refuses an unknown file key (%s)', (_, file, name, right) => {
    const [problem] = refusal(() => loadFile(file)).problems

    expect([problem?.setting, problem?.fix]).toEqual([name, `did you mean \`${right}\`?`])
  })

  it('refuses an unknown argument', () => {
    expect(refusal(() => load({}, { args: { 'http.prot': '1' } })).message).toContain('http.port')
  })

  it('suggests nothing when nothing is near', () => {
    const [problem] = refusal(() => load({ COUNTERSIGN_XYZZY_PLUGH_FROBNICATE: '1' })).problems

    expect(problem?.fix).not.toContain('did you mean')
  })

  it('refuses `__proto__` in the file like any other', () => {
    const cwd = makeFolder({ 'countersign.config.json': '{"__proto__":{"http.port":1}}' })

    expect(refusal(() => load({}, { cwd })).problems[0]?.setting).toBe('__proto__')
  })
})

describe('values that are wrong', () => {
  it.each([
    ['COUNTERSIGN_PORT', '65536', 'http.port'],
    ['COUNTERSIGN_PORT', '80a', 'http.port'],
    ['COUNTERSIGN_PORT', '-1', 'http.port'],
    ['COUNTERSIGN_PORT', '1e3', 'http.port'],
    ['COUNTERSIGN_HOST', 'a b', 'http.host'],
    ['COUNTERSIGN_BASE_URL', 'https://id.example.com/path', 'http.baseUrl'],
    ['COUNTERSIGN_BASE_URL', 'https://user@id.example.com', 'http.baseUrl'],
    ['COUNTERSIGN_BASE_URL', 'ftp://id.example.com', 'http.baseUrl'],
    ['COUNTERSIGN_TRUSTED_PROXIES', '10.0.0.0/33', 'http.trustedProxies'],
    ['COUNTERSIGN_TRUSTED_PROXIES', '10.0.0.0/8,any', 'http.trustedProxies'],
    ['COUNTERSIGN_TRUSTED_PROXIES', '10.0.0.0/8/8', 'http.trustedProxies'],
    ['COUNTERSIGN_TRUSTED_PROXIES', 'fe80::1%eth0', 'http.trustedProxies'],
    ['COUNTERSIGN_ALLOWED_ORIGINS', '*', 'http.allowedOrigins'],
    ['COUNTERSIGN_BODY_LIMIT_BYTES', '1023', 'http.bodyLimitBytes'],
    ['COUNTERSIGN_DATABASE_URL', 'mysql://db', 'database.url'],
    ['COUNTERSIGN_DATABASE_MEMORY', 'yes', 'database.memory'],
    ['COUNTERSIGN_REDIS_URL', 'http://redis', 'redisUrl'],
    ['COUNTERSIGN_MASTER_KEY', key.subarray(1).toString('base64'), 'masterKey'],
    ['COUNTERSIGN_MASTER_KEY', `!${key.toString('base64').slice(1)}`, 'masterKey'],
    ['COUNTERSIGN_DEFAULT_TENANT', '-acme', 'defaultTenant'],
    ['COUNTERSIGN_PASSWORD_MEMORY_KIB', '19455', 'passwords.memoryKib'],
    ['COUNTERSIGN_PASSWORD_ITERATIONS', '1', 'passwords.iterations'],
    ['COUNTERSIGN_BREACHED_PASSWORDS', 'on', 'passwords.breached'],
    ['COUNTERSIGN_BREACHED_PASSWORDS', 'file', 'passwords.breachedFile'],
    ['COUNTERSIGN_BREACHED_PASSWORDS_URL', 'http://mirror.test', 'passwords.breachedUrl'],
    ['COUNTERSIGN_BREACHED_PASSWORDS_URL', 'https://u@mirror.test', 'passwords.breachedUrl'],
    ['COUNTERSIGN_BREACHED_PASSWORDS_URL', 'https://mirror.test/?a', 'passwords.breachedUrl'],
    ['COUNTERSIGN_CAPTCHA_PROVIDER', 'none', 'captcha.provider'],
    ['COUNTERSIGN_CAPTCHA_PROVIDER', 'turnstile', 'captcha.siteKey'],
    ['COUNTERSIGN_CAPTCHA_VERIFY_URL', 'http://some.test', 'captcha.verifyUrl'],
    ['COUNTERSIGN_CAPTCHA_SITE_KEY', 'a b', 'captcha.siteKey'],
    ['COUNTERSIGN_LOG_LEVEL', 'verbose', 'logLevel'],
  ])('refuses %s=%s', (variable, value, setting) => {
    expect(refusal(() => load({ [variable]: value })).problems[0]?.setting).toBe(setting)
  })

  it.each([
    ['a number in quotes', { http: { port: '80' } }],
    ['a fraction', { http: { port: 80.5 } }],
    ['text instead of a list', { http: { trustedProxies: '::1' } }],
    ['a setting given flat and nested', { 'http.port': 80, http: { port: 80 } }],
    ['a group that is no object', { http: 80 }],
    ['a list as the whole', []],
  ])('refuses a file with %s', (_, file) => {
    expect(refusal(() => loadFile(file)).exitCode).toBe(2)
  })

  it('never repeats what a secret was', () => {
    const cwd = makeFolder({ 'countersign.config.json': '{"masterKey":"hunter2-file" oops' })
    const env = { COUNTERSIGN_MASTER_KEY: 'hunter2', COUNTERSIGN_SMTP_URL: 'hunter2' }

    expect(refusal(() => load(env, { cwd })).message).not.toContain('hunter2')
  })

  it('reports all problems at once, each with a fix', () => {
    const env = { COUNTERSIGN_PORT: 'x', COUNTERSIGN_LOG_LEVEL: 'x', COUNTERSIGN_HSOT: 'x' }
    const error = refusal(() => load(env))

    expect(error.problems).toHaveLength(3)
    expect(error.problems.every((problem) => problem.fix.length > 5)).toBe(true)
    expect(error.message.match(/fix:/g)).toHaveLength(3)
    expect(error.exitCode).toBe(2)
  })

  it('reports a malformed value once, not as missing too', () => {
    const error = refusal(() => load({ COUNTERSIGN_BASE_URL: 'x' }, { command: 'admin' }))

    expect(error.problems.filter((problem) => problem.setting === 'http.baseUrl')).toHaveLength(1)
    const keys = refusal(() => load({ COUNTERSIGN_MASTER_KEY: 'x' }, { command: 'keys' }))
    expect(keys.problems.map((problem) => problem.setting)).toEqual(['masterKey', 'database.url'])
  })

  it('refuses half of a mail configuration', () => {
    const server = refusal(() => load({ COUNTERSIGN_SMTP_URL: 'smtp://mail' }))
    const sender = refusal(() => load({ COUNTERSIGN_MAIL_FROM: 'id@example.com' }))

    expect(server.problems[0]?.setting).toBe('mail.from')
    expect(sender.problems[0]?.setting).toBe('mail.smtpUrl')
  })
})
