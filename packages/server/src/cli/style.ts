import type { CliIo, CliStream } from './cli-io.ts'

export interface Style {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  yellow(text: string): string
  red(text: string): string
}

/** Colours on a terminal only, and never with `NO_COLOR`. @see https://no-color.org */
export function createStyle({ env }: Pick<CliIo, 'env'>, stream: CliStream): Style {
  const hasColours =
    stream.isTty && (env['NO_COLOR'] ?? '') === '' && (env['TERM'] ?? '') !== 'dumb'
  const paint = (start: number, end: number) => (text: string) =>
    hasColours ? `\u001B[${start}m${text}\u001B[${end}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    green: paint(32, 39),
    yellow: paint(33, 39),
    red: paint(31, 39),
  }
}
