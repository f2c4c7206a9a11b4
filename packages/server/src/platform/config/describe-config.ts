import type { Config, ConfigSource } from './config.ts'
import type { Setting } from './setting.ts'
import { type SettingName, settings } from './settings.ts'

export interface SettingDescription {
  readonly name: SettingName
  readonly env: string
  /** Redacted to `[secret]` for secrets; undefined where nothing is set. */
  readonly value: string | undefined
  readonly source: ConfigSource
}

/** One entry per setting, in the order of the table, for `config print`. */
export function describeConfig(
  config: Config,
  sources: ReadonlyMap<SettingName, ConfigSource>,
): readonly SettingDescription[] {
  const values = settingValuesOf(config)
  return (Object.keys(settings) as SettingName[]).map((name) => ({
    name,
    env: settings[name].env,
    value: printValue(settings[name], values[name]),
    source: sources.get(name) ?? { kind: 'default', name: 'default' },
  }))
}

function printValue(setting: Setting<unknown>, value: unknown): string | undefined {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined
  return setting.secret ? '[secret]' : setting.type.print(value)
}

/** The inverse of `buildConfig`; members of the variant that is not chosen are undefined. */
function settingValuesOf(config: Config): Readonly<Record<SettingName, unknown>> {
  const server = config.database.kind === 'server' ? config.database : undefined
  const embedded = config.database.kind === 'embedded' ? config.database : undefined
  const smtp = config.mail.kind === 'smtp' ? config.mail : undefined
  const sms = config.sms.kind === 'http' ? config.sms : undefined
  const captcha = config.captcha.provider === 'altcha' ? undefined : config.captcha
  return {
    ...httpValuesOf(config),
    'database.url': server?.url,
    'database.ownerUrl': server?.ownerUrl,
    'database.poolSize': server?.poolSize,
    'database.folder': embedded?.folder,
    'database.memory': embedded === undefined ? undefined : embedded.folder === undefined,
    redisUrl: config.redisUrl,
    masterKey: config.masterKey,
    previousMasterKeys: config.previousMasterKeys,
    defaultTenant: config.defaultTenant,
    'mail.smtpUrl': smtp?.url,
    'mail.from': smtp?.from,
    'sms.url': sms?.url,
    'sms.authorization': sms?.authorization,
    'sms.format': sms?.format,
    'sms.body': sms?.body,
    ...passwordValuesOf(config.passwords),
    'geo.file': config.geoFile,
    'sanctions.file': config.sanctionsFile,
    'attestation.metadataFile': config.attestation.metadataFile,
    'attestation.metadataRootsFile': config.attestation.metadataRootsFile,
    'attestation.rootsFile': config.attestation.rootsFile,
    'captcha.provider': config.captcha.provider,
    'captcha.verifyUrl': captcha?.url,
    'captcha.siteKey': captcha?.siteKey,
    'captcha.secret': captcha?.secret,
    'risk.url': config.risk?.url,
    'risk.key': config.risk?.key,
    'risk.timeoutMs': config.risk?.timeout.milliseconds,
    logLevel: config.logLevel,
    shutdownSeconds: config.shutdownSeconds,
  }
}

function httpValuesOf({ http, privateHttp }: Config) {
  return {
    'http.host': http.host,
    'http.port': http.port,
    'http.baseUrl': http.baseUrl,
    'http.trustedProxies': http.trustedProxies,
    'http.allowedOrigins': http.allowedOrigins,
    'http.bodyLimitBytes': http.bodyLimitBytes,
    'http.rateLimitScale': http.rateLimitScale,
    'tls.certificate': http.tls?.certificate,
    'tls.key': http.tls?.key,
    'tls.clientCa': http.tls?.clientCa,
    'tls.mtlsBaseUrl': http.mtlsBaseUrl,
    'privateHttp.host': privateHttp.host,
    'privateHttp.port': privateHttp.port,
  }
}

function passwordValuesOf(passwords: Config['passwords']) {
  const { breached } = passwords
  return {
    'passwords.memoryKib': passwords.memoryKib,
    'passwords.iterations': passwords.iterations,
    'passwords.parallelism': passwords.parallelism,
    'passwords.pepper': passwords.pepper,
    'passwords.previousPeppers': passwords.previousPeppers,
    'passwords.workers': passwords.workers,
    'passwords.queueLimit': passwords.queueLimit,
    'passwords.breached': breached.kind,
    'passwords.breachedUrl': breached.kind === 'hibp' ? breached.url : undefined,
    'passwords.breachedFile': breached.kind === 'file' ? breached.path : undefined,
  }
}
