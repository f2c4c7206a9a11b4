import { closestName } from '../platform/config/closest-name.ts'
import { UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import { printable } from './parse-options.ts'

export interface Subcommand {
  readonly summary: string
  run(io: CliIo, args: readonly string[]): Promise<number>
}

/** `countersign <command> <subcommand> …` */
export async function runSubcommand(
  io: CliIo,
  command: string,
  table: Readonly<Record<string, Subcommand>>,
  args: readonly string[],
): Promise<number> {
  const [name, ...rest] = args
  if (name === '--help') {
    io.stdout.write(renderHelp(command, table))
    return EXIT.ok
  }
  if (name === undefined) {
    throw new UsageError(
      `\`countersign ${command}\` needs one of: ${Object.keys(table).join(', ')}`,
    )
  }
  const subcommand = Object.hasOwn(table, name) ? table[name] : undefined
  if (subcommand !== undefined) return subcommand.run(io, rest)
  const closest = closestName(name, Object.keys(table))
  const hint = closest === undefined ? '' : `: did you mean \`${closest}\`?`
  throw new UsageError(`there is no command \`${command} ${printable(name)}\`${hint}`)
}

function renderHelp(command: string, table: Readonly<Record<string, Subcommand>>): string {
  const width = Math.max(...Object.keys(table).map((name) => name.length))
  const lines = Object.entries(table).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  )
  return `Usage: countersign ${command} <command> [options]\n\n${lines.join('\n')}\n`
}
