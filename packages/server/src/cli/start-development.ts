import { type Application, compose } from '../composition/compose.ts'
import { type Infrastructure, openInfrastructure } from '../composition/infrastructure.ts'
import { demoUsersOf, seed } from '../composition/seed.ts'
import { PRODUCT_VERSION } from '../composition/version.ts'
import { SYSTEM_TENANT_SLUG, type Tenant } from '../domains/tenants/index.ts'
import { mailboxPages } from '../pages/mailbox/mailbox-pages.ts'
import type { Config } from '../platform/config/index.ts'
import { createLogger, type Logger } from '../platform/telemetry/index.ts'
import type { CliIo } from './cli-io.ts'
import type { BannerFacts } from './dev-banner.ts'
import { readSchemaFacts, readTenantFacts } from './dev-facts.ts'
import { findDevelopmentKey } from './dev-folder.ts'
import { explainListenError } from './find-port.ts'
import { refuseForeignHosts } from './refuse-foreign-hosts.ts'
import { templateFile } from './template-file.ts'

export interface DevelopmentServer {
  readonly facts: Omit<BannerFacts, 'folder'>
  readonly logger: Logger
  /** The queue opens its own tables, which the banner need not wait for. */
  startJobs(): Promise<void>
  close(): Promise<void>
}

/** Opens the database, seeds `slug` unless it is undefined, and listens. */
export async function startDevelopment(
  io: CliIo,
  config: Config,
  slug: string | undefined,
): Promise<DevelopmentServer> {
  const { masterKey } = await findDevelopmentKey(config)
  const logger = createLogger({ level: levelOf(io, config), destination: io.stderr })
  const template = templateFile()
  const databaseTimer = startTimer()
  const infrastructure = await openInfrastructure(config, {
    clock: io.clock,
    masterKey,
    logger,
    ...(template === undefined ? {} : { templateFile: template }),
  })
  const databaseMs = databaseTimer()
  const application = await composeOrClose(config, infrastructure)
  try {
    const tenant = await findTenant(application, infrastructure, slug)
    const schemaTimer = startTimer()
    const schema = await readSchemaFacts(infrastructure)
    const schemaMs = schemaTimer()
    await listen(application, config)
    const facts = {
      version: PRODUCT_VERSION,
      baseUrl: config.http.baseUrl,
      isEmbedded: config.database.kind === 'embedded',
      databaseMs,
      schema,
      schemaMs,
      tenant: await readTenantFacts(application, infrastructure, tenant),
      hasMailbox: infrastructure.mailbox !== undefined,
      demoUsers: slug === undefined ? [] : demoUsersOf(slug),
    }
    return {
      facts,
      logger,
      startJobs: () => startJobsOrClose(application),
      close: () => application.close(),
    }
  } catch (error) {
    await application.close()
    throw error
  }
}

async function composeOrClose(config: Config, infrastructure: Infrastructure) {
  const { mailbox } = infrastructure
  try {
    const pages = mailbox === undefined ? [] : mailboxPages(mailbox)
    const application = await compose(config, infrastructure, { pages })
    refuseForeignHosts(application.http)
    return application
  } catch (error) {
    await infrastructure.close()
    throw error
  }
}

async function findTenant(
  application: Application,
  infrastructure: Infrastructure,
  slug: string | undefined,
): Promise<Tenant> {
  if (slug !== undefined) return seed(application, infrastructure, slug)
  const system = await application.tenants.findBySlug(SYSTEM_TENANT_SLUG)
  if (system === undefined) throw new Error('the `system` tenant is missing')
  return system
}

async function listen({ http }: Application, config: Config): Promise<void> {
  try {
    await http.listen({ host: config.http.host, port: config.http.port })
  } catch (error) {
    throw explainListenError(error, config.http.port)
  }
}

/** Whatever listens already would keep the process alive after a failure. */
async function startJobsOrClose(application: Application): Promise<void> {
  try {
    await application.startJobs()
  } catch (error) {
    await application.close()
    throw error
  }
}

/** A line per request would bury the banner, so that is only on request. */
function levelOf({ env }: CliIo, config: Config): Config['logLevel'] {
  return (env['COUNTERSIGN_LOG_LEVEL'] ?? '') === '' ? 'warn' : config.logLevel
}

function startTimer(): () => number {
  const start = performance.now()
  return () => performance.now() - start
}
