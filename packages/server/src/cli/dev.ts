import { relative } from 'node:path'
import { DEMO_AUDIENCE } from '../composition/seed.ts'
import { type Config, loadConfig } from '../platform/config/index.ts'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { type BannerFacts, renderBanner } from './dev-banner.ts'
import { prepareStateFolder, resetDevelopmentData } from './dev-folder.ts'
import { EXIT } from './exit-code.ts'
import { findPort } from './find-port.ts'
import { openInBrowser } from './open-in-browser.ts'
import type { OptionTable } from './parse-options.ts'
import { RESOURCE_SERVER_SETTINGS } from './resource-server-settings.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import { type RunningServer, runUntilSignal } from './run-until-signal.ts'

/** Starts everything in one process, with demo users whose password everyone knows. */
export function dev(io: CliIo, args: readonly string[]): Promise<number> {
  return runCommand(io, args, SPEC, runDevelopment)
}

const OPTIONS = {
  port: { type: 'string', placeholder: 'number', help: 'Port to listen on; 0 takes a free one.' },
  memory: { type: 'boolean', help: 'Keep everything in memory.' },
  reset: { type: 'boolean', help: 'Delete the development data first.' },
  tenant: { type: 'string', placeholder: 'slug', help: 'Demo tenant; default acme.' },
  'no-seed': { type: 'boolean', help: 'Make no demo tenants and users.' },
  open: { type: 'boolean', help: 'Open the API reference in a browser.' },
  env: { type: 'boolean', help: 'Print the settings of a resource server, and end.' },
} as const satisfies OptionTable

const SPEC = {
  name: 'countersign dev',
  summary: 'Starts a development server on this machine; the data is kept in ./.countersign.',
  options: OPTIONS,
} as const

type DevCall = CommandCall<typeof OPTIONS>

async function runDevelopment(call: DevCall): Promise<number> {
  const { io, options } = call
  const slug = checkSlug(options.tenant ?? 'acme')
  const asked = loadDevelopmentConfig(call)
  if (options.env) return printEnvironment(call, asked, slug)
  checkDatabase(asked, options['no-seed'])
  // The issuer contains the port, so a free one is found before anything depends on it.
  const port = await findPort(asked.http.host, asked.http.port)
  const config = loadDevelopmentConfig(call, port)
  if (config.database.kind === 'embedded' && config.database.folder !== undefined) {
    await prepareStateFolder(io.cwd)
  }
  if (options.reset) await resetDevelopmentData(config)
  return runUntilSignal(io, () => startAndTell(call, config, slug))
}

async function startAndTell(call: DevCall, config: Config, slug: string): Promise<RunningServer> {
  const { io, options } = call
  // Loaded here, so that a refusal does not wait for it.
  const { startDevelopment } = await import('./start-development.ts')
  const server = await startDevelopment(io, config, options['no-seed'] ? undefined : slug)
  const facts = { ...server.facts, folder: shortFolder(config, io.cwd) }
  call.print(renderBanner(facts, call.style), describeStart(facts))
  await server.startJobs()
  if (options.open) await openInBrowser(`${facts.baseUrl}/docs`)
  return {
    stop: async () => {
      call.tell('stopping')
      await server.close()
    },
    onCrash: (error) => server.logger.error('process.crashed', { err: error }),
    stopWithinSeconds: config.shutdownSeconds,
  }
}

function loadDevelopmentConfig({ io, options }: DevCall, freePort?: number): Config {
  const port = freePort?.toString() ?? options.port
  const args = {
    ...(port === undefined ? {} : { 'http.port': port }),
    ...(options.memory ? { 'database.memory': 'true' } : {}),
  }
  return loadConfig({ env: io.env, cwd: io.cwd, command: 'dev', args }).config
}

/** SECURITY: a seeded operator with a known password would own whatever the server holds. */
function checkDatabase({ database }: Config, isUnseeded: boolean): void {
  if (database.kind === 'embedded' || isUnseeded) return
  throw new CliError(
    'development mode makes users with a known password, so it seeds no database server\n' +
      '  unset COUNTERSIGN_DATABASE_URL, or use --no-seed, or use `countersign serve`',
    EXIT.refused,
  )
}

function checkSlug(slug: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(slug) && slug !== 'system') return slug
  throw new CliError(
    '--tenant takes lower-case letters, digits and inner hyphens; `system` is taken',
    EXIT.usage,
  )
}

function printEnvironment(call: DevCall, { http }: Config, slug: string): number {
  const values = {
    [RESOURCE_SERVER_SETTINGS.issuer]: `${http.baseUrl}/t/${slug}`,
    [RESOURCE_SERVER_SETTINGS.audience]: DEMO_AUDIENCE,
  }
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`)
  call.print(`${lines.join('\n')}\n`, values)
  return EXIT.ok
}

function shortFolder({ database }: Config, cwd: string): string | undefined {
  if (database.kind === 'server' || database.folder === undefined) return undefined
  const path = relative(cwd, database.folder)
  return path.startsWith('..') ? database.folder : path
}

function describeStart(facts: BannerFacts): Record<string, unknown> {
  const { baseUrl, tenant, demoUsers, schema } = facts
  return {
    version: facts.version,
    base_url: baseUrl,
    tenant: tenant.slug,
    issuer: tenant.issuer,
    mailbox: facts.hasMailbox ? `${baseUrl}/dev/mail` : null,
    docs: `${baseUrl}/docs`,
    users: demoUsers.map(({ email, role }) => ({ email, role: role ?? null })),
    signing_key: tenant.keyId,
    migrations: schema.migrations,
    tables_with_forced_row_security: schema.forcedTables,
  }
}
