import { DEMO_CLIENTS, DEMO_SERVICE } from '../composition/demo-clients.ts'
import { DEMO_OPERATOR, DEMO_PASSWORD, type DemoUser } from '../composition/seed.ts'
import type { SchemaFacts, TenantFacts } from './dev-facts.ts'
import type { Style } from './style.ts'

export interface BannerFacts {
  readonly version: string
  readonly baseUrl: string
  /** Undefined: in memory. */
  readonly folder: string | undefined
  readonly isEmbedded: boolean
  readonly databaseMs: number
  readonly schema: SchemaFacts
  readonly schemaMs: number
  readonly tenant: TenantFacts
  readonly hasMailbox: boolean
  /** Empty with `--no-seed`. */
  readonly demoUsers: readonly DemoUser[]
}

/** Says only what is true of this very start. */
export function renderBanner(facts: BannerFacts, style: Style): string {
  const { tenant, baseUrl } = facts
  const title = `${style.bold(`Countersign ${facts.version}`)} · development mode, not for real users`
  const lines = [
    '',
    `  ${title}`,
    '',
    ...renderChecks(facts, style),
    '',
    address('Sign-in', `${tenant.issuer}/sign-in`, style),
    ...(facts.hasMailbox
      ? [address('Mailbox', `${baseUrl}/dev/mail`, style, 'all e-mail lands here')]
      : []),
    address('API docs', `${baseUrl}/docs`, style),
    address('Issuer', tenant.issuer, style),
    address('Discovery', `${tenant.issuer}/.well-known/openid-configuration`, style),
    '',
    ...(facts.demoUsers.length > 0 ? renderDemo(facts, style) : []),
  ]
  return `${lines.join('\n')}\n`
}

function renderChecks(facts: BannerFacts, style: Style): string[] {
  const { schema, tenant } = facts
  const place = facts.folder === undefined ? 'memory: gone at the end' : facts.folder
  const database = facts.isEmbedded ? `embedded PostgreSQL in ${place}` : 'PostgreSQL server'
  const security = `row-level security forced on ${count(schema.forcedTables, 'table')}`
  const key = `ES256 signing key ${tenant.keyId}${tenant.keyWasThere ? '' : ' created'}`
  const contents = [
    count(tenant.users, 'user'),
    count(tenant.roles, 'role'),
    count(tenant.clients, 'OAuth client'),
  ].join(', ')
  return [
    check('database', database, style, facts.databaseMs),
    check('schema', `${count(schema.migrations, 'migration')}; ${security}`, style, facts.schemaMs),
    check('keys', key, style),
    check('tenant', `${tenant.slug}: ${contents}`, style),
  ]
}

function check(name: string, text: string, style: Style, milliseconds?: number): string {
  const left = `  ${style.green('✔')} ${name.padEnd(10)} `
  if (milliseconds === undefined) return left + text
  return `${left}${text.padEnd(62)} ${style.dim(`${(milliseconds / 1000).toFixed(1)} s`)}`
}

function address(name: string, url: string, style: Style, remark?: string): string {
  const line = `  ${style.bold(name.padEnd(12))} ${url}`
  return remark === undefined ? line : `${line}       ${style.dim(remark)}`
}

function renderDemo({ tenant, demoUsers, baseUrl }: BannerFacts, style: Style): string[] {
  const authority = baseUrl.replace(/^http:\/\//, '')
  const shown = demoUsers.find((user) => user.role === 'analyst') ?? demoUsers[0]
  const login = [
    `curl -s ${authority}/t/${tenant.slug}/api/auth/login -H 'content-type: application/json' \\`,
    `          -d '{"email":"${shown?.email ?? ''}","password":"${DEMO_PASSWORD}"}'`,
  ] as const
  const width = Math.max(...demoUsers.map((user) => user.email.length)) + 2
  return [
    `  ${style.bold('Demo users')} (tenant ${tenant.slug}, password "${DEMO_PASSWORD}")`,
    ...demoUsers.map((user) => renderDemoUser(user, width)),
    `  ${style.bold('Operator')} (tenant system, same password)`,
    `     ${DEMO_OPERATOR.email.padEnd(width)} ${DEMO_OPERATOR.role ?? ''}`,
    `  ${style.bold('OAuth clients')} (tenant ${tenant.slug})`,
    ...DEMO_CLIENTS.map(({ id, profile }) => `     ${id}  ${profile}`),
    '',
    `  ${style.bold('Get a token')}`,
    `     ${login[0]}`,
    login[1],
    `  ${style.bold('Get one as a service')}`,
    `     curl -s ${authority}/t/${tenant.slug}/oauth/token -d grant_type=client_credentials \\`,
    `          -d scope=${DEMO_SERVICE.metadata.scope} -u ${DEMO_SERVICE.id}:${DEMO_SERVICE.secret.reveal()}`,
    `  ${style.bold('Use it')}`,
    `     TOKEN=$(${login[0]}`,
    `${login[1]} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `     curl -s ${authority}/t/${tenant.slug}/api/auth/me -H "authorization: Bearer $TOKEN"`,
    '',
  ]
}

function renderDemoUser({ email, role = '', totpSecret }: DemoUser, width: number): string {
  const line = `     ${email.padEnd(width)} ${role}`.trimEnd()
  return totpSecret === undefined ? line : `${line.padEnd(width + 17)} TOTP  ${totpSecret}`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
