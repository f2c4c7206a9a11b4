import { BlockList, isIP } from 'node:net'
import type { Secret } from '../../kernel/index.ts'
import type { Command, Config, ConfigSource } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import { MAKE_A_KEY } from './setting-types.ts'
import type { Environment } from './raw-settings.ts'
import { findKeyWeakness } from './weak-key.ts'

export interface DeploymentFacts {
  readonly command: Command
  readonly env: Environment
  readonly sources: ReadonlyMap<string, ConfigSource>
}

/** What makes this configuration unfit for the command; empty when nothing does. */
export function findDeploymentProblems(config: Config, facts: DeploymentFacts): ConfigProblem[] {
  return RULES[facts.command].flatMap((rule) => rule(config, facts))
}

type Rule = (config: Config, facts: DeploymentFacts) => ConfigProblem[]

const refuseProductionEnvironment: Rule = (_, { env }) =>
  env['NODE_ENV'] === 'production'
    ? [unsafe('NODE_ENV', 'development mode refuses NODE_ENV=production', USE_SERVE)]
    : []

/** Development mode has known passwords and an open mailbox. */
const refusePublicBind: Rule = (config) => {
  const hosts = [
    ['http.host', config.http.host],
    ['privateHttp.host', config.privateHttp.host],
  ] as const
  return hosts
    .filter(([, host]) => !isLoopbackHost(host))
    .map(([setting, host]) =>
      unsafe(setting, `development mode listens on loopback only, not \`${host}\``, USE_SERVE),
    )
}

const requireServerDatabase: Rule = (config) =>
  config.database.kind === 'server'
    ? []
    : [
        missing(
          'database.url',
          'the embedded database is for development: it can lose data in a power failure',
          'set COUNTERSIGN_DATABASE_URL to a PostgreSQL server',
        ),
      ]

const requireMasterKey: Rule = (config) => {
  if (config.masterKey !== undefined) return []
  const fix = `set COUNTERSIGN_MASTER_KEY or COUNTERSIGN_MASTER_KEY_FILE; ${MAKE_A_KEY}`
  return [missing('masterKey', 'it is not set', fix)]
}

const refuseWeakKeys: Rule = (config) => [
  ...weakness('masterKey', config.masterKey),
  ...weakness('passwords.pepper', config.passwords.pepper),
]

function weakness(setting: string, key: Secret<Uint8Array> | undefined): ConfigProblem[] {
  const reason = key === undefined ? undefined : findKeyWeakness(key.reveal())
  return reason === undefined ? [] : [unsafe(setting, reason, MAKE_A_KEY)]
}

const requireBaseUrl: Rule = (config, { sources }) => {
  const fix = 'set COUNTERSIGN_BASE_URL to the https origin under which people reach the server'
  if (sources.get('http.baseUrl')?.kind === 'default') {
    return [missing('http.baseUrl', 'it is not set', fix)]
  }
  const url = new URL(config.http.baseUrl)
  if (url.protocol === 'https:' || isLoopbackHost(url.hostname)) return []
  return [unsafe('http.baseUrl', 'tokens and passwords would travel without encryption', fix)]
}

const requireSmtp: Rule = (config) =>
  config.mail.kind === 'smtp'
    ? []
    : [
        missing(
          'mail.smtpUrl',
          'the mailbox is for development: nobody would receive mail',
          'set COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM',
        ),
      ]

const RULES: Readonly<Record<Command, readonly Rule[]>> = {
  dev: [refuseProductionEnvironment, refusePublicBind],
  serve: [requireServerDatabase, requireMasterKey, refuseWeakKeys, requireBaseUrl, requireSmtp],
  admin: [requireServerDatabase, requireMasterKey, refuseWeakKeys, requireBaseUrl],
  keys: [requireServerDatabase, requireMasterKey, refuseWeakKeys],
  migrate: [requireServerDatabase],
  doctor: [],
  config: [],
  healthcheck: [],
}

/** True for names and addresses that never leave this machine. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase()
  const version = isIP(bare)
  if (version !== 0) return loopback.check(bare, version === 6 ? 'ipv6' : 'ipv4')
  return bare === 'localhost' || bare.endsWith('.localhost')
}

function unsafe(setting: string, what: string, fix: string): ConfigProblem {
  return { setting, what, fix, unsafe: true }
}

function missing(setting: string, what: string, fix: string): ConfigProblem {
  return { setting, what, fix, unsafe: false }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const USE_SERVE = 'use `countersign serve` for everything that others can reach'
