import {
  configJsonSchema,
  describeConfig,
  loadConfig,
  type SettingDescription,
} from '../platform/config/index.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import type { OptionTable } from './parse-options.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import { runSubcommand } from './run-subcommand.ts'

/** `countersign config print`, `config schema` */
export function config(io: CliIo, args: readonly string[]): Promise<number> {
  return runSubcommand(io, 'config', SUBCOMMANDS, args)
}

const PRINT_OPTIONS = {
  redact: { type: 'boolean', help: 'Hide secrets; that is always so.' },
} as const satisfies OptionTable

const PRINT_SPEC = {
  name: 'countersign config print',
  summary: 'Shows every setting, its value and where it came from. Secrets are never shown.',
  options: PRINT_OPTIONS,
} as const

const SCHEMA_SPEC = {
  name: 'countersign config schema',
  summary: 'Writes the JSON Schema of countersign.config.json.',
  options: {},
} as const

const SUBCOMMANDS = {
  print: {
    summary: 'Show every setting and where its value came from.',
    run: (io: CliIo, args: readonly string[]) => runCommand(io, args, PRINT_SPEC, print),
  },
  schema: {
    summary: 'Write the JSON Schema of the configuration file.',
    run: (io: CliIo, args: readonly string[]) =>
      runCommand(io, args, SCHEMA_SPEC, async (call) => {
        call.io.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
        return EXIT.ok
      }),
  },
} as const

async function print(call: CommandCall<typeof PRINT_OPTIONS>): Promise<number> {
  const { env, cwd } = call.io
  const loaded = loadConfig({ env, cwd, command: 'config' })
  const rows = describeConfig(loaded.config, loaded.sources)
  call.print(renderTable(rows), { settings: rows.map(present) })
  return EXIT.ok
}

function renderTable(rows: readonly SettingDescription[]): string {
  const cells = rows.map((row) => [row.name, row.value ?? '-', sourceOf(row)] as const)
  const width = (column: 0 | 1) => Math.max(...cells.map((cell) => cell[column].length))
  const lines = cells.map(
    ([name, value, source]) => `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${source}`,
  )
  return `${lines.join('\n')}\n`
}

function sourceOf({ source, env }: SettingDescription): string {
  return source.kind === 'default' ? `default (${env})` : source.name
}

function present({ name, env, value, source }: SettingDescription) {
  return { name, env, value: value ?? null, source: { kind: source.kind, name: source.name } }
}
