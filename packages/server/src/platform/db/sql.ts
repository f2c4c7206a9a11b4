import { createHash } from 'node:crypto'

declare const rowType: unique symbol

/** SQL text with its parameters. `Row` is the shape of what it returns, in column names. */
export interface Statement<Row = unknown> {
  readonly text: string
  /** Name of the prepared statement: the same text always has the same name. */
  readonly name: string
  readonly values: readonly unknown[]
  readonly [rowType]?: Row
}

/**
 * Writes a statement: every `${value}` becomes a parameter, never text, so SQL can't be injected.
 * A part of the text that must vary does not exist on purpose; write two statements.
 *
 * @example
 * const find = (id: string) => sql<{ id: string }>`SELECT id FROM users WHERE id = ${id}`
 */
export function sql<Row = unknown>(
  parts: TemplateStringsArray,
  ...values: readonly unknown[]
): Statement<Row> {
  let prepared = preparedTexts.get(parts)
  if (prepared === undefined) {
    const text = parts.reduce((joined, part, index) => `${joined}$${index}${part}`)
    prepared = { text, name: `cs_${createHash('sha256').update(text).digest('hex').slice(0, 24)}` }
    preparedTexts.set(parts, prepared)
  }
  return { text: prepared.text, name: prepared.name, values }
}

/** Text of a template is constant, so it is joined and hashed once. */
const preparedTexts = new WeakMap<TemplateStringsArray, { text: string; name: string }>()
