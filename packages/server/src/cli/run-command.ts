import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import { type OptionTable, type OptionValues, checkWords, parseOptions } from './parse-options.ts'
import { createStyle, type Style } from './style.ts'

export interface CommandSpec<O extends OptionTable> {
  /** `countersign keys rotate`, as it is typed. */
  readonly name: string
  readonly summary: string
  readonly options: O
}

export interface CommandCall<O extends OptionTable> {
  readonly io: CliIo
  readonly options: OptionValues<O> & OptionValues<typeof SHARED_OPTIONS>
  /** Colours for stdout. */
  readonly style: Style
  /** Writes the result: `value` as JSON with `--json`, else `text`. */
  print(text: string, value: unknown): void
  /** Says what is going on, on stderr; silent with `--quiet`. */
  tell(text: string): void
}

/** Parses the options, answers `--help`, and hands the rest to `work`. */
export async function runCommand<O extends OptionTable>(
  io: CliIo,
  args: readonly string[],
  spec: CommandSpec<O>,
  work: (call: CommandCall<O>) => Promise<number>,
): Promise<number> {
  const table = { ...spec.options, ...SHARED_OPTIONS }
  const { options, words } = parseOptions(table, args)
  if (options.help === true) {
    io.stdout.write(renderHelp(spec.name, spec.summary, table))
    return EXIT.ok
  }
  checkWords(words, [])
  return work({
    io,
    options: options as CommandCall<O>['options'],
    style: createStyle(io, io.stdout),
    print: (text, value) => {
      io.stdout.write(options.json === true ? `${JSON.stringify(value)}\n` : text)
    },
    tell: (text) => {
      if (options.quiet !== true) io.stderr.write(`${text}\n`)
    },
  })
}

function renderHelp(name: string, summary: string, table: OptionTable): string {
  const rows = Object.entries(table).map(([option, { placeholder, help }]) => ({
    left: placeholder === undefined ? `--${option}` : `--${option} <${placeholder}>`,
    help,
  }))
  const width = Math.max(...rows.map(({ left }) => left.length))
  const lines = rows.map(({ left, help }) => `  ${left.padEnd(width)}  ${help}`)
  return `${summary}\n\nUsage: ${name} [options]\n\n${lines.join('\n')}\n`
}

const SHARED_OPTIONS = {
  json: { type: 'boolean', help: 'Write the result as JSON.' },
  quiet: { type: 'boolean', help: 'Write no progress.' },
  help: { type: 'boolean', help: 'Show this.' },
} as const satisfies OptionTable
