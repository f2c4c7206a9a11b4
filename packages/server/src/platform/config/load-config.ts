import { resolve } from 'node:path'
import { milliseconds } from '../../kernel/index.ts'
import type {
  AttestationConfig,
  BreachedPasswordsConfig,
  CaptchaConfig,
  Command,
  Config,
  ConfigSource,
  DatabaseConfig,
  MailConfig,
  RiskConfig,
} from './config.ts'
import { buildSms, checkSmsBody } from './build-sms.ts'
import { buildTls, checkTls } from './build-tls.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import { findDeploymentProblems } from './deployment-rules.ts'
import {
  type Environment,
  type RawValue,
  readArguments,
  readConfigFile,
  readEnvironment,
} from './raw-settings.ts'
import type { Parsed, Setting } from './setting.ts'
import { type SettingName, type SettingValues, settings } from './settings.ts'

export interface LoadConfigOptions {
  /** Default: the environment of this process. */
  readonly env?: Environment
  /** Command line options by setting name, as text. */
  readonly args?: Readonly<Record<string, string>>
  /** Relative paths start here. */
  readonly cwd: string
  readonly command: Command
  /** Default: development for `dev`, production for every other command. */
  readonly mode?: Config['mode']
}

export interface LoadedConfig {
  readonly config: Config
  readonly sources: ReadonlyMap<SettingName, ConfigSource>
}

/**
 * Reads, checks and freezes the configuration: arguments before environment before file before
 * defaults.
 * @throws ConfigError with all problems at once
 */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const { env = process.env, cwd, command } = options
  const layers = [
    readConfigFile(env, cwd),
    readEnvironment(env, cwd),
    readArguments(options.args ?? {}),
  ]
  const problems = layers.flatMap((layer) => layer.problems)
  const raw = new Map(layers.flatMap((layer) => [...layer.values]))

  const { values, sources } = parseSettings(raw, problems)
  checkMailPair(values, problems)
  checkBreachedFile(values, problems)
  checkSmsBody(values, problems)
  checkTls(values, problems)
  checkCaptchaService(values, problems)
  const mode = options.mode ?? (command === 'dev' ? 'development' : 'production')
  const config = buildConfig(values, { cwd, mode })
  const unparsed = new Set(problems.map((problem) => problem.setting))
  for (const problem of findDeploymentProblems(config, { command, env, sources })) {
    if (!unparsed.has(problem.setting)) problems.push(problem)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return { config, sources }
}

function parseSettings(
  raw: ReadonlyMap<SettingName, RawValue>,
  problems: ConfigProblem[],
): { values: SettingValues; sources: Map<SettingName, ConfigSource> } {
  const values: Record<string, unknown> = {}
  const sources = new Map<SettingName, ConfigSource>()
  for (const name of Object.keys(settings) as SettingName[]) {
    const setting: Setting<unknown> = settings[name]
    const given = raw.get(name)
    values[name] = setting.default
    sources.set(name, given?.source ?? { kind: 'default', name: 'default' })
    if (given === undefined) continue
    const parsed = parseValue(setting, given)
    if ('value' in parsed) values[name] = parsed.value
    else problems.push(malformed(name, given, parsed))
  }
  return { values: values as SettingValues, sources }
}

function parseValue(setting: Setting<unknown>, given: RawValue): Parsed<unknown> {
  return given.form === 'text'
    ? setting.type.fromText(String(given.value))
    : setting.type.fromJson(given.value)
}

function malformed(
  name: SettingName,
  given: RawValue,
  parsed: { wrong: string; fix: string },
): ConfigProblem {
  const { source } = given
  const shown = settings[name].secret ? '' : `\`${printable(given.value)}\`: `
  const origin = source.kind === 'argument' ? 'arguments' : source.name
  const what = `${shown}${parsed.wrong} (from ${origin})`
  return { setting: name, what, fix: parsed.fix, unsafe: false }
}

function printable(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.replace(/\p{Cc}/gu, '?').slice(0, 80)
}

function checkMailPair(values: SettingValues, problems: ConfigProblem[]): void {
  if ((values['mail.smtpUrl'] === undefined) === (values['mail.from'] === undefined)) return
  problems.push({
    setting: values['mail.from'] === undefined ? 'mail.from' : 'mail.smtpUrl',
    what: 'mail needs both a server and a sender',
    fix: 'set COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM, or neither',
    unsafe: false,
  })
}

function checkBreachedFile(values: SettingValues, problems: ConfigProblem[]): void {
  if (values['passwords.breached'] !== 'file') return
  if (values['passwords.breachedFile'] !== undefined) return
  problems.push({
    setting: 'passwords.breachedFile',
    what: 'breached passwords are looked up in a file, but none is named',
    fix: 'set COUNTERSIGN_BREACHED_PASSWORDS_FILE',
    unsafe: false,
  })
}

function checkCaptchaService(values: SettingValues, problems: ConfigProblem[]): void {
  if (values['captcha.provider'] === 'altcha') return
  const missing = (['captcha.siteKey', 'captcha.secret'] as const).filter(
    (name) => values[name] === undefined,
  )
  for (const setting of missing) {
    const fix = `set ${settings[setting].env}`
    problems.push({ setting, what: 'a CAPTCHA service needs it', fix, unsafe: false })
  }
}

function buildConfig(values: SettingValues, at: { cwd: string; mode: Config['mode'] }): Config {
  const tls = buildTls(values)
  const scheme = tls === undefined ? 'http' : 'https'
  const baseUrl = values['http.baseUrl'] ?? `${scheme}://localhost:${values['http.port']}`
  const mtlsBaseUrl = values['tls.mtlsBaseUrl']
  return Object.freeze({
    mode: at.mode,
    http: {
      host: values['http.host'],
      port: values['http.port'],
      baseUrl: new URL(baseUrl).origin,
      trustedProxies: values['http.trustedProxies'],
      allowedOrigins: values['http.allowedOrigins'].map((origin) => new URL(origin).origin),
      bodyLimitBytes: values['http.bodyLimitBytes'],
      rateLimitScale: values['http.rateLimitScale'],
      tls,
      mtlsBaseUrl: mtlsBaseUrl === undefined ? undefined : new URL(mtlsBaseUrl).origin,
    },
    privateHttp: { host: values['privateHttp.host'], port: values['privateHttp.port'] },
    database: buildDatabase(values, at.cwd),
    redisUrl: values.redisUrl,
    masterKey: values.masterKey,
    previousMasterKeys: values.previousMasterKeys ?? [],
    defaultTenant: values.defaultTenant,
    mail: buildMail(values),
    sms: buildSms(values, at.mode),
    passwords: {
      memoryKib: values['passwords.memoryKib'],
      iterations: values['passwords.iterations'],
      parallelism: values['passwords.parallelism'],
      pepper: values['passwords.pepper'],
      previousPeppers: values['passwords.previousPeppers'] ?? [],
      workers: values['passwords.workers'],
      queueLimit: values['passwords.queueLimit'],
      breached: buildBreached(values, at.cwd),
    },
    geoFile: values['geo.file'] === undefined ? undefined : resolve(at.cwd, values['geo.file']),
    sanctionsFile:
      values['sanctions.file'] === undefined
        ? undefined
        : resolve(at.cwd, values['sanctions.file']),
    attestation: buildAttestation(values, at.cwd),
    captcha: buildCaptcha(values),
    risk: buildRisk(values),
    logLevel: values.logLevel,
    shutdownSeconds: values.shutdownSeconds,
  })
}

function buildDatabase(values: SettingValues, cwd: string): DatabaseConfig {
  const url = values['database.url']
  if (url === undefined) {
    const folder = values['database.memory'] ? undefined : resolve(cwd, values['database.folder'])
    return { kind: 'embedded', folder }
  }
  return {
    kind: 'server',
    url,
    ownerUrl: values['database.ownerUrl'],
    poolSize: values['database.poolSize'],
  }
}

function buildAttestation(values: SettingValues, cwd: string): AttestationConfig {
  const absolute = (path: string | undefined) =>
    path === undefined ? undefined : resolve(cwd, path)
  return {
    metadataFile: absolute(values['attestation.metadataFile']),
    metadataRootsFile: absolute(values['attestation.metadataRootsFile']),
    rootsFile: absolute(values['attestation.rootsFile']),
  }
}

function buildMail(values: SettingValues): MailConfig {
  const url = values['mail.smtpUrl']
  const from = values['mail.from']
  if (url === undefined || from === undefined) return { kind: 'mailbox' }
  return { kind: 'smtp', url, from }
}

function buildCaptcha(values: SettingValues): CaptchaConfig {
  const provider = values['captcha.provider']
  const siteKey = values['captcha.siteKey']
  const secret = values['captcha.secret']
  if (provider === 'altcha' || siteKey === undefined || secret === undefined) {
    return { provider: 'altcha' }
  }
  const given = values['captcha.verifyUrl']
  const url = given ?? VERIFY_URLS[provider]
  return { provider, url, isDefaultUrl: given === undefined, siteKey, secret }
}

const VERIFY_URLS = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
} as const

function buildRisk(values: SettingValues): RiskConfig | undefined {
  const url = values['risk.url']
  if (url === undefined) return undefined
  const timeout = milliseconds(values['risk.timeoutMs'])
  return { url, key: values['risk.key'], timeout }
}

function buildBreached(values: SettingValues, cwd: string): BreachedPasswordsConfig {
  const file = values['passwords.breachedFile']
  switch (values['passwords.breached']) {
    case 'off':
      return { kind: 'off' }
    case 'hibp': {
      const url = values['passwords.breachedUrl']
      const isDefault = url === settings['passwords.breachedUrl'].default
      return { kind: 'hibp', url: url.replace(/\/+$/, ''), isDefault }
    }
    case 'file':
      return file === undefined ? { kind: 'off' } : { kind: 'file', path: resolve(cwd, file) }
  }
}
