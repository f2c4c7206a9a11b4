import { type Application, compose } from '../composition/compose.ts'
import { openInfrastructure } from '../composition/infrastructure.ts'
import type { Tenant } from '../domains/tenants/index.ts'
import { newId, type RequestContext, type Secret } from '../kernel/index.ts'
import { type Command, type Config, loadConfig } from '../platform/config/index.ts'
import { createLogger } from '../platform/telemetry/index.ts'
import { CliError, UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'

export interface TenantWork {
  readonly application: Application
  readonly tenant: Tenant
  readonly context: RequestContext
}

/**
 * Runs `work` for one tenant on the configured database, with the use cases that the server runs.
 * It serves nobody and starts no jobs.
 * @throws CliError if there is no such tenant
 */
export async function withTenantOf<T>(
  io: CliIo,
  command: Extract<Command, 'admin' | 'keys'>,
  slug: string | undefined,
  work: (at: TenantWork) => Promise<T>,
): Promise<T> {
  if (slug === undefined) throw new UsageError('`--tenant <slug>` is missing')
  const { config } = loadConfig({ env: io.env, cwd: io.cwd, command })
  const infrastructure = await openInfrastructure(oneWorker(config), {
    clock: io.clock,
    masterKey: requireMasterKey(config),
    logger: createLogger({ level: 'warn', destination: io.stderr }),
  })
  const application = await compose(config, infrastructure).catch(async (error: unknown) => {
    await infrastructure.close()
    throw error
  })
  try {
    const tenant = await application.tenants.findBySlug(slug)
    if (tenant === undefined) throw new CliError(`there is no tenant \`${slug}\``)
    const source = { ip: 'internal', userAgent: undefined }
    const requestId = newId('req')
    const { clock } = io
    return await work({
      application,
      tenant,
      context: { requestId, tenant, principal: undefined, source, clock },
    })
  } finally {
    await application.close()
  }
}

/** The configuration is checked before; this is for the type. */
export function requireMasterKey({ masterKey }: Config): Secret<Uint8Array> {
  if (masterKey === undefined) throw new CliError('COUNTERSIGN_MASTER_KEY is not set', EXIT.usage)
  return masterKey
}

/** A command that hashes at most one password needs no more. */
function oneWorker(config: Config): Config {
  return { ...config, passwords: { ...config.passwords, workers: 1 } }
}
