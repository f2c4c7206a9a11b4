import type { Server } from 'node:http'
import { compose } from '../composition/compose.ts'
import { type Infrastructure, openInfrastructure } from '../composition/infrastructure.ts'
import { createPrivateServer, type PrivateServer } from '../composition/private-server.ts'
import { PRODUCT_VERSION } from '../composition/version.ts'
import { type Config, loadConfig } from '../platform/config/index.ts'
import { findDurabilityWarnings } from '../platform/db/index.ts'
import type { CliIo } from './cli-io.ts'
import { explainListenError } from './find-port.ts'
import { requireMasterKey } from './open-application.ts'
import type { OptionTable } from './parse-options.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import { type RunningServer, runUntilSignal } from './run-until-signal.ts'

/** Starts the production server and runs until it is told to stop. */
export function serve(io: CliIo, args: readonly string[]): Promise<number> {
  return runCommand(io, args, SPEC, runServer)
}

const OPTIONS = {
  port: { type: 'string', placeholder: 'number', help: 'Public port, before COUNTERSIGN_PORT.' },
} as const satisfies OptionTable

const SPEC = {
  name: 'countersign serve',
  summary: 'Starts a production server. It refuses to start when something is unsafe.',
  options: OPTIONS,
} as const

async function runServer({ io, options }: CommandCall<typeof OPTIONS>): Promise<number> {
  const args = options.port === undefined ? {} : { 'http.port': options.port }
  const { config } = loadConfig({ env: io.env, cwd: io.cwd, command: 'serve', args })
  return runUntilSignal(io, () => startAndLog(io, config))
}

async function startAndLog(io: CliIo, config: Config): Promise<RunningServer> {
  const infrastructure = await openInfrastructure(config, {
    clock: io.clock,
    masterKey: requireMasterKey(config),
  })
  const { logger } = infrastructure
  const stop = await startServer(config, infrastructure)
  logger.info('process.started', {
    version: PRODUCT_VERSION,
    mode: config.mode,
    host: config.http.host,
    port: config.http.port,
  })
  return {
    stop: async (signal) => {
      logger.info('process.stopping', { signal })
      await stop()
      logger.info('process.stopped', { signal })
    },
    onCrash: (error) => logger.error('process.crashed', { err: error }),
    // Requests may take `shutdownSeconds`; what follows them is quick.
    stopWithinSeconds: config.shutdownSeconds + 5,
  }
}

/** Answers how to stop it. */
async function startServer(
  config: Config,
  infrastructure: Infrastructure,
): Promise<() => Promise<void>> {
  let isDraining = false
  const privateServer = createPrivateServer({
    database: infrastructure.database,
    metrics: infrastructure.metrics,
    isDraining: () => isDraining,
  })
  const application = await compose(config, infrastructure).catch(async (error: unknown) => {
    await infrastructure.close()
    throw error
  })
  try {
    for (const warning of await findDurabilityWarnings(infrastructure.database)) {
      infrastructure.logger.warn('database.not_durable', { reason: warning })
    }
    await application.http
      .listen({ host: config.http.host, port: config.http.port })
      .catch((error: unknown) => Promise.reject(explainListenError(error, config.http.port)))
    await application.startJobs()
    await listenPrivately(privateServer, config)
  } catch (error) {
    await privateServer.close()
    await application.close()
    throw error
  }
  return async () => {
    isDraining = true
    const stopSweeping = sweepConnections(application.http.server, config.shutdownSeconds)
    await application.close()
    stopSweeping()
    await privateServer.close()
  }
}

/**
 * A connection whose last request ends during the drain would stay open for its keep-alive, and
 * one whose request never ends for ever.
 */
function sweepConnections(server: Server, limitSeconds: number): () => void {
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const cut = setTimeout(() => server.closeAllConnections(), limitSeconds * 1000)
  return () => {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}

async function listenPrivately(server: PrivateServer, { privateHttp }: Config): Promise<void> {
  if (privateHttp.port === 0) return
  try {
    await server.listen(privateHttp.host, privateHttp.port)
  } catch (error) {
    throw explainListenError(error, privateHttp.port)
  }
}

const SWEEP_MS = 100
