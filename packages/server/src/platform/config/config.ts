import type { Duration, Secret } from '../../kernel/index.ts'

export type Mode = 'development' | 'production'

/** Whose needs the configuration is checked against. */
export type Command =
  | 'dev'
  | 'serve'
  | 'migrate'
  | 'doctor'
  | 'admin'
  | 'keys'
  | 'config'
  | 'healthcheck'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type DatabaseConfig =
  /** `folder` is absolute; undefined keeps everything in memory. */
  | { readonly kind: 'embedded'; readonly folder: string | undefined }
  | {
      readonly kind: 'server'
      readonly url: Secret<string>
      /** Role that owns the schema; used by `migrate` only. */
      readonly ownerUrl: Secret<string> | undefined
      readonly poolSize: number
    }

export type MailConfig =
  | { readonly kind: 'mailbox' }
  | { readonly kind: 'smtp'; readonly url: Secret<string>; readonly from: string }

/** Where passwords that are known from a breach are looked up. */
export type BreachedPasswordsConfig =
  | { readonly kind: 'off' }
  /** `url` ends without a slash; `isDefault` unless the operator chose another service. */
  | { readonly kind: 'hibp'; readonly url: string; readonly isDefault: boolean }
  /** `path` is absolute. */
  | { readonly kind: 'file'; readonly path: string }

/** Who sends SMS. */
export type SmsConfig =
  | { readonly kind: 'off' }
  | { readonly kind: 'mailbox' }
  | {
      readonly kind: 'http'
      readonly url: string
      readonly authorization: Secret<string> | undefined
      readonly format: 'json' | 'form'
      readonly body: string
    }

/** Who makes and checks challenges for people. */
export type CaptchaConfig =
  | { readonly provider: 'altcha' }
  | {
      readonly provider: 'turnstile' | 'hcaptcha'
      readonly url: string
      /** Whether it is the one of the service itself. */
      readonly isDefaultUrl: boolean
      readonly siteKey: string
      readonly secret: Secret<string>
    }

/** Who vouches for makers of authenticators. Paths are absolute. */
export interface AttestationConfig {
  readonly metadataFile: string | undefined
  /** undefined: those of the FIDO Alliance. */
  readonly metadataRootsFile: string | undefined
  readonly rootsFile: string | undefined
}

/** A service that says how risky a session is. */
export interface RiskConfig {
  readonly url: string
  readonly key: Secret<Uint8Array> | undefined
  readonly timeout: Duration
}

/** All members are PEM. */
export interface TlsConfig {
  readonly certificate: Secret<string>
  readonly key: Secret<string>
  /** undefined: no certificate of a client is verified, only looked at. */
  readonly clientCa: Secret<string> | undefined
}

/** The checked configuration. Each member is documented at its setting in `settings.ts`. */
export interface Config {
  readonly mode: Mode
  readonly http: {
    readonly host: string
    /** 0 takes any free port. */
    readonly port: number
    /** An origin: no path, no slash at the end. */
    readonly baseUrl: string
    readonly trustedProxies: readonly string[]
    readonly allowedOrigins: readonly string[]
    readonly bodyLimitBytes: number
    readonly rateLimitScale: number
    /** undefined: TLS ends at a proxy, or there is none. */
    readonly tls: TlsConfig | undefined
    /** An origin; undefined: that of `baseUrl`. */
    readonly mtlsBaseUrl: string | undefined
  }
  readonly privateHttp: {
    readonly host: string
    /** 0 switches the private port off. */
    readonly port: number
  }
  readonly database: DatabaseConfig
  readonly redisUrl: Secret<string> | undefined
  /** 32 bytes. Undefined where none is set: `dev` makes and keeps one, `serve` refuses. */
  readonly masterKey: Secret<Uint8Array> | undefined
  readonly previousMasterKeys: readonly Secret<Uint8Array>[]
  readonly defaultTenant: string | undefined
  readonly mail: MailConfig
  readonly sms: SmsConfig
  readonly passwords: {
    readonly memoryKib: number
    readonly iterations: number
    readonly parallelism: number
    readonly pepper: Secret<Uint8Array> | undefined
    readonly previousPeppers: readonly Secret<Uint8Array>[]
    readonly workers: number
    readonly queueLimit: number
    readonly breached: BreachedPasswordsConfig
  }
  /** Absolute. */
  readonly geoFile: string | undefined
  /** Absolute. */
  readonly sanctionsFile: string | undefined
  readonly attestation: AttestationConfig
  readonly captcha: CaptchaConfig
  readonly risk: RiskConfig | undefined
  readonly logLevel: LogLevel
  readonly shutdownSeconds: number
}

/** Where the value of a setting came from. `name` is the variable, option or file. */
export interface ConfigSource {
  readonly kind: 'argument' | 'environment' | 'secret_file' | 'file' | 'default'
  readonly name: string
}
