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
  const { breached } = config.passwords
  const captcha = config.captcha.provider === 'altcha' ? undefined : config.captcha
  return {
    'http.host': config.http.host,
    'http.port': config.http.port,
    'http.baseUrl': config.http.baseUrl,
    'http.trustedProxies': config.http.trustedProxies,
    'http.allowedOrigins': config.http.allowedOrigins,
    'http.bodyLimitBytes': config.http.bodyLimitBytes,
    'http.rateLimitScale': config.http.rateLimitScale,
    'privateHttp.host': config.privateHttp.host,
    'privateHttp.port': config.privateHttp.port,
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
    'passwords.memoryKib': config.passwords.memoryKib,
    'passwords.iterations': config.passwords.iterations,
    'passwords.parallelism': config.passwords.parallelism,
    'passwords.pepper': config.passwords.pepper,
    'passwords.previousPeppers': config.passwords.previousPeppers,
    'passwords.workers': config.passwords.workers,
    'passwords.queueLimit': config.passwords.queueLimit,
    'passwords.breached': breached.kind,
    'passwords.breachedUrl': breached.kind === 'hibp' ? breached.url : undefined,
    'passwords.breachedFile': breached.kind === 'file' ? breached.path : undefined,
    'geo.file': config.geoFile,
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
