import { closestName } from '../platform/config/closest-name.ts'
import { UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { commandTable } from './command-table.ts'
import { EXIT } from './exit-code.ts'
import { printable } from './parse-options.ts'
import { withoutResourceServerSettings } from './resource-server-settings.ts'

/** Runs one command line and returns its exit code. Nothing that fails gets past it. */
export async function runCli(io: CliIo, argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(io, argv)
  } catch (error) {
    const { presentError } = await import('./present-error.ts')
    const { text, exitCode } = presentError(error)
    io.stderr.write(`${text}\n`)
    return exitCode
  }
}

async function dispatch(io: CliIo, argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv
  if (name === undefined || name === 'help') {
    const stream = name === undefined ? io.stderr : io.stdout
    stream.write(renderOverview())
    return name === undefined ? EXIT.usage : EXIT.ok
  }
  if (name === '--help' || name === '-h') {
    io.stdout.write(renderOverview())
    return EXIT.ok
  }
  if (name === '--version') {
    const { PRODUCT_VERSION } = await import('../composition/version.ts')
    io.stdout.write(`${PRODUCT_VERSION}\n`)
    return EXIT.ok
  }
  const command = commandTable.find((entry) => entry.name === name)
  if (command === undefined) throw unknownCommand(name)
  return command.run({ ...io, env: withoutResourceServerSettings(io.env) }, args)
}

function unknownCommand(name: string): UsageError {
  const names = commandTable.map((entry) => entry.name)
  const closest = closestName(name, names)
  const hint = closest === undefined ? '' : `: did you mean \`${closest}\`?`
  return new UsageError(`there is no command \`${printable(name)}\`${hint}`)
}

function renderOverview(): string {
  const width = Math.max(...commandTable.map(({ name }) => name.length))
  const lines = commandTable.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return [
    'Usage: countersign <command> [options]',
    '',
    ...lines,
    '',
    '`countersign <command> --help` shows the options. Settings come from COUNTERSIGN_* variables',
    'and countersign.config.json; `countersign config print` lists them.',
    '',
  ].join('\n')
}
