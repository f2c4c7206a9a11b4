import { parseArgs } from 'node:util'
import { closestName } from '../platform/config/closest-name.ts'
import { UsageError } from './cli-error.ts'

export interface OptionSpec {
  readonly type: 'boolean' | 'string'
  readonly help: string
  /** What stands for the value in the help; for `string`. */
  readonly placeholder?: string
}

export type OptionTable = Readonly<Record<string, OptionSpec>>

export type OptionValues<O extends OptionTable> = {
  readonly [Name in keyof O]: O[Name]['type'] extends 'boolean' ? boolean : string | undefined
}

export interface ParsedCall<O extends OptionTable> {
  readonly options: OptionValues<O>
  readonly words: readonly string[]
}

/** @throws UsageError naming the option that was probably meant */
export function parseOptions<O extends OptionTable>(
  table: O,
  args: readonly string[],
): ParsedCall<O> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(table).map(([name, { type }]) => [name, { type }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values: Record<string, boolean | string> = {}
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') values[token.name] = valueOf(table, token, values)
  }
  const options = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      values[name] ?? (spec.type === 'boolean' ? false : undefined),
    ]),
  )
  return { options: options as OptionValues<O>, words }
}

/** @throws UsageError if a word is there that the command does not know */
export function checkWords(words: readonly string[], known: readonly string[]): void {
  if (words.length <= known.length) return
  throw new UsageError(`\`${printable(words[known.length] ?? '')}\` is one word too many`)
}

function valueOf(
  table: OptionTable,
  token: { name: string; rawName: string; value?: string | undefined },
  before: Readonly<Record<string, unknown>>,
): boolean | string {
  const { name, rawName, value } = token
  const spec = Object.hasOwn(table, name) ? table[name] : undefined
  if (spec === undefined) throw unknownOption(rawName, Object.keys(table))
  if (Object.hasOwn(before, name)) throw new UsageError(`\`${rawName}\` is given twice`)
  if (spec.type === 'boolean') {
    if (value === undefined) return true
    throw new UsageError(`\`${rawName}\` takes no value`)
  }
  if (value === undefined || value === '' || value.startsWith('--')) {
    throw new UsageError(
      `\`${rawName}\` needs a value: \`${rawName} <${spec.placeholder ?? name}>\``,
    )
  }
  return value
}

function unknownOption(rawName: string, known: readonly string[]): UsageError {
  const closest = closestName(rawName.replace(/^-+/, ''), known)
  const hint = closest === undefined ? '' : `: did you mean \`--${closest}\`?`
  return new UsageError(`there is no option \`${printable(rawName)}\`${hint}`)
}

export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?').slice(0, 80)
}
