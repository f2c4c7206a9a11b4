import { loadConfig } from '../platform/config/index.ts'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import { type CommandCall, runCommand } from './run-command.ts'

/** For containers: 0 when the server on this machine takes traffic, else 5. */
export function healthcheck(io: CliIo, args: readonly string[]): Promise<number> {
  return runCommand(io, args, SPEC, ask)
}

const SPEC = {
  name: 'countersign healthcheck',
  summary: 'Asks /readyz of the private port; ends with 0 when ready, else with 5.',
  options: {},
} as const

async function ask({ io, print }: CommandCall<Record<never, never>>): Promise<number> {
  const { config } = loadConfig({ env: io.env, cwd: io.cwd, command: 'healthcheck' })
  const { host, port } = config.privateHttp
  if (port === 0) {
    throw new CliError('the private port is off: set COUNTERSIGN_PRIVATE_PORT', EXIT.usage)
  }
  const answer = await fetchReadiness(`http://${reachable(host)}:${port}/readyz`)
  print(`${answer.text}\n`, { ready: answer.ready, detail: answer.text })
  return answer.ready ? EXIT.ok : EXIT.unreachable
}

async function fetchReadiness(url: string): Promise<{ ready: boolean; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { ready: response.ok, text: (await response.text()).trim().slice(0, 200) }
  } catch {
    // Refused, too slow, or no HTTP: for the one who asks it is the same.
    return { ready: false, text: `no answer from ${url}` }
  }
}

/** A server that listens on all addresses is asked on the loopback one. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const TIMEOUT_MS = 3_000
