import { availableParallelism } from 'node:os'
import { isMailSender } from '../mail/index.ts'
import { attestationSettings } from './attestation-settings.ts'
import { optional, plain, secret, type Setting } from './setting.ts'
import { tlsSettings } from './tls-settings.ts'
import {
  checkedText,
  flag,
  isAddressOrNetwork,
  isHostName,
  isOrigin,
  isPath,
  isServiceUrl,
  listOf,
  oneOf,
  secretHeader,
  secretKey,
  secretKeys,
  secretText,
  secretUrl,
  wholeNumber,
} from './setting-types.ts'

const hostName = checkedText('a host name or an IP address', isHostName)
const origin = checkedText('an origin such as `https://id.example.com`', isOrigin)
const network = checkedText('an IP address or a network such as `10.0.0.0/8`', isAddressOrNetwork)
const folder = checkedText('a path', isPath)
const serviceUrl = checkedText('an https URL without query', isServiceUrl)
const slug = checkedText('a tenant slug', (value) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value),
)
const sender = checkedText('an address or `Name <address>`', isMailSender)
const smsBody = checkedText(
  'text with `{to}` and `{text}` in it',
  (value) => value.includes('{to}') && value.includes('{text}'),
)
const postgresUrl = secretUrl('postgres:', 'postgresql:')

/** Every setting there is. File keys are these names, flat or nested at the dots. */
export const settings = {
  'http.host': plain(
    'COUNTERSIGN_HOST',
    hostName,
    '127.0.0.1',
    'Address that the public port listens on.',
  ),
  'http.port': plain(
    'COUNTERSIGN_PORT',
    wholeNumber(0, 65_535),
    4820,
    'Public port; 0 takes any free one.',
  ),
  'http.baseUrl': optional(
    'COUNTERSIGN_BASE_URL',
    origin,
    'Origin under which everyone reaches the server; `serve` needs it, with https.',
    '`http://localhost:{port}`',
  ),
  'http.trustedProxies': plain(
    'COUNTERSIGN_TRUSTED_PROXIES',
    listOf(network),
    [],
    'Peers whose X-Forwarded-*, X-Request-Id and Client-Cert headers are believed.',
  ),
  'http.allowedOrigins': plain(
    'COUNTERSIGN_ALLOWED_ORIGINS',
    listOf(origin),
    [],
    'Other origins whose pages may call the API from a browser.',
  ),
  'http.bodyLimitBytes': plain(
    'COUNTERSIGN_BODY_LIMIT_BYTES',
    wholeNumber(1024, 1_048_576),
    65_536,
    'Largest request body in bytes.',
  ),
  'http.rateLimitScale': plain(
    'COUNTERSIGN_RATE_LIMIT_SCALE',
    wholeNumber(1, 1_000_000),
    1,
    'Factor on every request limit, for load tests and very large networks behind one address.',
  ),
  ...tlsSettings,
  'privateHttp.host': plain(
    'COUNTERSIGN_PRIVATE_HOST',
    hostName,
    '127.0.0.1',
    'Address of the private port (/livez, /readyz, /metrics).',
  ),
  'privateHttp.port': plain(
    'COUNTERSIGN_PRIVATE_PORT',
    wholeNumber(0, 65_535),
    4821,
    'Private port; 0 switches it off.',
  ),
  'database.url': secret(
    'COUNTERSIGN_DATABASE_URL',
    postgresUrl,
    'PostgreSQL, as the application role.',
  ),
  'database.ownerUrl': secret(
    'COUNTERSIGN_DATABASE_OWNER_URL',
    postgresUrl,
    'PostgreSQL, as the role that owns the schema; needed by `migrate` only.',
  ),
  'database.poolSize': plain(
    'COUNTERSIGN_DATABASE_POOL_SIZE',
    wholeNumber(1, 200),
    10,
    'Most connections to PostgreSQL per process.',
  ),
  'database.folder': plain(
    'COUNTERSIGN_DATABASE_FOLDER',
    folder,
    '.countersign/db',
    'Folder of the embedded database, used where no database URL is set.',
  ),
  'database.memory': plain(
    'COUNTERSIGN_DATABASE_MEMORY',
    flag,
    false,
    'Keeps the embedded database in memory; it is gone when the process ends.',
  ),
  redisUrl: secret(
    'COUNTERSIGN_REDIS_URL',
    secretUrl('redis:', 'rediss:'),
    'Redis or Valkey for rate limits that several nodes share.',
  ),
  masterKey: secret(
    'COUNTERSIGN_MASTER_KEY',
    secretKey,
    'Key that seals the secrets in the database. Losing it loses every signing key.',
  ),
  previousMasterKeys: secret(
    'COUNTERSIGN_PREVIOUS_MASTER_KEYS',
    secretKeys(),
    'Earlier master keys, only to open what they sealed.',
  ),
  defaultTenant: optional(
    'COUNTERSIGN_DEFAULT_TENANT',
    slug,
    'Slug of the tenant that is also served without the /t/{tenant} prefix.',
  ),
  'mail.smtpUrl': secret(
    'COUNTERSIGN_SMTP_URL',
    secretUrl('smtp:', 'smtps:'),
    'Mail server. `smtp:` demands STARTTLS unless the host is loopback or `?tls=none` is given.',
  ),
  'mail.from': optional('COUNTERSIGN_MAIL_FROM', sender, 'Sender of all mail.'),
  'sms.url': optional(
    'COUNTERSIGN_SMS_URL',
    serviceUrl,
    'Where each SMS is sent to, as one POST. Without it, `serve` offers no SMS.',
  ),
  'sms.authorization': secret(
    'COUNTERSIGN_SMS_AUTHORIZATION',
    secretHeader,
    'Value of the `Authorization` header of that request: `Bearer …`, `Basic …`.',
  ),
  'sms.format': plain(
    'COUNTERSIGN_SMS_FORMAT',
    oneOf('json', 'form'),
    'json',
    'Format of its body; says how number and text are escaped.',
  ),
  'sms.body': plain(
    'COUNTERSIGN_SMS_BODY',
    smsBody,
    '{"to":"{to}","text":"{text}"}',
    'Its body, with `{to}` for the number and `{text}` for the message.',
  ),
  'passwords.memoryKib': plain(
    'COUNTERSIGN_PASSWORD_MEMORY_KIB',
    wholeNumber(19_456, 1_048_576),
    65_536,
    'Argon2id memory in KiB; the floor is the one of the OWASP password storage cheat sheet.',
  ),
  'passwords.iterations': plain(
    'COUNTERSIGN_PASSWORD_ITERATIONS',
    wholeNumber(2, 20),
    3,
    'Argon2id passes.',
  ),
  'passwords.parallelism': plain(
    'COUNTERSIGN_PASSWORD_PARALLELISM',
    wholeNumber(1, 16),
    4,
    'Argon2id lanes.',
  ),
  'passwords.pepper': secret(
    'COUNTERSIGN_PASSWORD_PEPPER',
    secretKey,
    'Key mixed into every password hash and kept outside the database.',
  ),
  'passwords.previousPeppers': secret(
    'COUNTERSIGN_PASSWORD_PREVIOUS_PEPPERS',
    secretKeys(),
    'Earlier peppers; a hash made with one is renewed at the next sign-in.',
  ),
  'passwords.workers': {
    ...plain(
      'COUNTERSIGN_PASSWORD_WORKERS',
      wholeNumber(1, 64),
      Math.min(64, availableParallelism()),
      'Processes that hash passwords.',
    ),
    defaultText: 'number of cores',
  },
  'passwords.queueLimit': plain(
    'COUNTERSIGN_PASSWORD_QUEUE_LIMIT',
    wholeNumber(1, 10_000),
    64,
    'Password hashes that may wait; more are refused with 503.',
  ),
  'passwords.breached': plain(
    'COUNTERSIGN_BREACHED_PASSWORDS',
    oneOf('off', 'hibp', 'file'),
    'off',
    'Where new passwords are looked up: the range API of Have I Been Pwned, a file, or nowhere.',
  ),
  'passwords.breachedUrl': plain(
    'COUNTERSIGN_BREACHED_PASSWORDS_URL',
    serviceUrl,
    'https://api.pwnedpasswords.com',
    'Service with the range API; five digits of a SHA-1 are sent, no password and no address.',
  ),
  'passwords.breachedFile': optional(
    'COUNTERSIGN_BREACHED_PASSWORDS_FILE',
    folder,
    'File of lines `SHA1:count`, ordered by hash, as Have I Been Pwned offers it.',
  ),
  'geo.file': optional(
    'COUNTERSIGN_GEO_FILE',
    folder,
    'MaxMind DB file (.mmdb) of cities or countries; devices are then shown with a place.',
  ),
  'sanctions.file': optional(
    'COUNTERSIGN_SANCTIONS_FILE',
    folder,
    'JSON array of `{ id, name, aliases? }`: whom the names of users are compared with, where a tenant wants it.',
  ),
  ...attestationSettings,
  'captcha.provider': plain(
    'COUNTERSIGN_CAPTCHA_PROVIDER',
    oneOf('altcha', 'turnstile', 'hcaptcha'),
    'altcha',
    'Who makes challenges for people: the server itself (proof of work), or a service.',
  ),
  'captcha.verifyUrl': optional(
    'COUNTERSIGN_CAPTCHA_VERIFY_URL',
    serviceUrl,
    'Where the token of such a service is checked.',
    'that of the service',
  ),
  'captcha.siteKey': optional(
    'COUNTERSIGN_CAPTCHA_SITE_KEY',
    checkedText('letters, digits, `-` and `_`', (value) => /^[\w-]{1,200}$/.test(value)),
    'Public key of the site at such a service.',
  ),
  'captcha.secret': secret(
    'COUNTERSIGN_CAPTCHA_SECRET',
    secretText,
    'Secret of the site at such a service.',
  ),
  'risk.url': optional(
    'COUNTERSIGN_RISK_URL',
    serviceUrl,
    'Service that is asked how risky a sign-in, a session or a sensitive change is.',
  ),
  'risk.key': secret(
    'COUNTERSIGN_RISK_KEY',
    secretKey,
    'Key that signs what the risk service is asked; the service checks it.',
  ),
  'risk.timeoutMs': plain(
    'COUNTERSIGN_RISK_TIMEOUT_MS',
    wholeNumber(50, 5000),
    800,
    'Longest wait for the risk service in milliseconds; then the tenant’s `risk_failure` decides.',
  ),
  logLevel: plain(
    'COUNTERSIGN_LOG_LEVEL',
    oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'Least level that is logged.',
  ),
  shutdownSeconds: plain(
    'COUNTERSIGN_SHUTDOWN_SECONDS',
    wholeNumber(1, 300),
    20,
    'Longest time to finish running requests after SIGTERM.',
  ),
} as const

export type SettingName = keyof typeof settings

/** The values of all settings, after parsing and defaults. */
export type SettingValues = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer T, infer D>
    ? undefined extends D
      ? T | undefined
      : T
    : never
}
