import type { Clock, Secret } from '../kernel/index.ts'
import type { BreachedPasswords } from '../platform/breached-passwords/index.ts'
import type { Config } from '../platform/config/index.ts'
import type { CaptchaProvider } from '../platform/captcha/index.ts'
import { createSealer, hkdf, type Sealer } from '../platform/crypto/index.ts'
import { type Database, openEmbeddedDatabase, openServerDatabase } from '../platform/db/index.ts'
import type { PlaceFinder } from '../platform/geo/index.ts'
import { createEgress, type Egress } from '../platform/egress/index.ts'
import {
  createMailbox,
  createSmtpTransport,
  type Mailbox,
  type MailTransport,
} from '../platform/mail/index.ts'
import { createPasswordHasher, type PasswordHasher } from '../platform/password-hashing/index.ts'
import { createRateLimiter, type RateLimiter } from '../platform/rate-limit/index.ts'
import {
  createHttpSmsProvider,
  createMailboxSmsTransport,
  type SmsTransport,
} from '../platform/sms/index.ts'
import {
  createLogger,
  createMetrics,
  type Logger,
  type Metrics,
} from '../platform/telemetry/index.ts'
import type { AttestationTrust } from '../domains/factors/index.ts'
import type { RiskPort } from '../domains/risk/index.ts'
import type { ScreeningPort } from '../domains/screening/index.ts'
import { openAttestationTrust } from './open-attestation-trust.ts'
import { openBreachedPasswords } from './breached-passwords.ts'
import { openCaptcha } from './open-captcha.ts'
import { openPlaces } from './open-places.ts'
import { openSanctions } from './open-sanctions.ts'
import { openRiskProvider } from './risk-provider.ts'

/** Everything that reaches out of the process, and the clock. Tests replace single members. */
export interface Infrastructure {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly database: Database
  readonly sealer: Sealer
  readonly hasher: PasswordHasher
  readonly breachedPasswords?: BreachedPasswords | undefined
  /** Asked how risky a session is, beside our own judgement. */
  readonly riskProvider?: RiskPort | undefined
  readonly limiter: RateLimiter
  readonly captcha: CaptchaProvider
  /** Who vouches for authenticators; undefined: nobody, so that no attestation is trusted. */
  readonly attestationTrust?: AttestationTrust | undefined
  readonly mail: MailTransport
  /** undefined: no SMS can be sent. */
  readonly sms?: SmsTransport | undefined
  /** Where mail lands in development. */
  readonly mailbox: Mailbox | undefined
  /** MAC key of the CSRF tokens. */
  readonly csrfKey: Buffer
  /** MAC keys of device cookies: the first signs, all verify. */
  readonly deviceKeys: readonly Buffer[]
  /** Where an address is; undefined where no file is configured. */
  readonly places?: PlaceFinder | undefined
  /** Whom names are compared with; undefined where no list is configured. */
  readonly sanctions?: ScreeningPort | undefined
  /** How security events reach their receivers; undefined: public addresses only. */
  readonly egress?: Egress | undefined
  /** How OAuth reaches clients (`jwks_uri`, back-channel logout); undefined: over the network. */
  readonly fetch?: typeof fetch | undefined
  /** Whether periodic work runs by the machine's clock; default: it does. */
  readonly runsSchedule?: boolean | undefined
  close(): Promise<void>
}

export interface InfrastructureOptions {
  readonly clock: Clock
  /** `config.masterKey`, or the one that development made. */
  readonly masterKey: Secret<Uint8Array>
  /** File pattern of the embedded database's template; see `openEmbeddedDatabase`. */
  readonly templateFile?: string
  readonly logger?: Logger
}

/** Opens what the configuration names. Whatever was opened is closed again if a later part fails. */
export async function openInfrastructure(
  config: Config,
  options: InfrastructureOptions,
): Promise<Infrastructure> {
  const { clock, masterKey } = options
  const logger = options.logger ?? createLogger({ level: config.logLevel })
  const metrics = createMetrics()
  const breachedPasswords = await openBreachedPasswords(config.passwords.breached, clock)
  const places = await openPlaces(config.geoFile)
  const sanctions = await openSanctions(config.sanctionsFile)
  const attestationTrust = await openAttestationTrust(config.attestation, { clock, logger })
  const database = await openDatabase(config, options.templateFile)
  const hasher = createPasswordHasher(config.passwords)
  metrics.watchPasswordQueue(() => hasher.stats())
  const limiter = createRateLimiter({
    redis: config.redisUrl,
    hashKey: derive(masterKey, 'countersign/rate-limit'),
    clock,
    onFallback: (policy, err) => {
      metrics.countRateLimitFallback(policy)
      logger.warn('rate_limit.fallback', { policy, err })
    },
  })
  const mail = openMail(config, clock)
  return {
    clock,
    logger,
    metrics,
    database,
    sealer: createSealer({ masterKey, previous: config.previousMasterKeys }),
    hasher,
    breachedPasswords,
    riskProvider: openRiskProvider(config.risk),
    limiter,
    captcha: openCaptcha(config.captcha, derive(masterKey, 'countersign/captcha')),
    attestationTrust,
    mail: mail.transport,
    sms: openSms(config.sms, mail.mailbox),
    mailbox: mail.mailbox,
    csrfKey: derive(masterKey, 'countersign/csrf'),
    // Those of earlier master keys count: a device must not look stolen after a change of keys.
    deviceKeys: [masterKey, ...config.previousMasterKeys].map((key) =>
      derive(key, 'countersign/device'),
    ),
    places,
    sanctions,
    close: async () => {
      await hasher.close()
      await breachedPasswords?.close()
      await limiter.close()
      mail.close()
      await database.close()
    },
  }
}

function openDatabase(config: Config, templateFile: string | undefined): Promise<Database> {
  const { database } = config
  if (database.kind === 'server') return openServerDatabase(database)
  return openEmbeddedDatabase({
    folder: database.folder,
    ...(templateFile === undefined ? {} : { templateFile }),
  })
}

function openMail(config: Config, clock: Clock) {
  if (config.mail.kind === 'mailbox') {
    const mailbox = createMailbox({ clock })
    return { transport: mailbox, mailbox, close: () => undefined }
  }
  const transport = createSmtpTransport(config.mail.url, config.mail.from)
  return { transport, mailbox: undefined, close: () => transport.close() }
}

function openSms(config: Config['sms'], mailbox: Mailbox | undefined): SmsTransport | undefined {
  switch (config.kind) {
    case 'off':
      return undefined
    case 'mailbox':
      return mailbox === undefined ? undefined : createMailboxSmsTransport(mailbox)
    case 'http':
      // The operator chose the URL: a gateway may stand in the own network.
      return createHttpSmsProvider({ ...config, egress: createEgress({ allowPrivate: true }) })
  }
}

function derive(masterKey: Secret<Uint8Array>, info: string): Buffer {
  return hkdf(masterKey.reveal(), info)
}
