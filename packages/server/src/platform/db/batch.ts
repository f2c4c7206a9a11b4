import pg from 'pg'
import { encodeParameter } from './encode-parameter.ts'
import { parseTimestamp } from './parse-timestamp.ts'
import { type EncodedStatement, sendStatements, type WireConnection } from './send-statements.ts'
import type { Statement } from './sql.ts'

interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
}

type Row = Record<string, unknown>

/**
 * Several statements in one round trip: all Parse/Bind/Execute messages are followed by a single
 * Sync, which makes them one implicit transaction. Either all of them happen or none.
 * It resolves after ReadyForQuery, that is after the commit.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Batch {
  readonly result: Promise<readonly (readonly Row[])[]>
  /** pg puts the end of its time-out here, and calls it when that passes. */
  callback: (error: Error | null) => void
  readonly #statements: readonly Statement[]
  readonly #rows: Row[][]
  readonly #unparsed: Statement[] = []
  #current = 0
  #fields: readonly FieldDescription[] = []
  #parsers: ((text: string) => unknown)[] = []
  #resolve: (rows: readonly (readonly Row[])[]) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #connection: WireConnection | undefined

  constructor(statements: readonly Statement[]) {
    this.#statements = statements
    this.#rows = statements.map(() => [])
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.callback = (error) => {
      if (error !== null) this.#reject(error)
    }
  }

  submit(connection: WireConnection): Error | null {
    this.#connection = connection
    try {
      const encoded = this.#statements.map((statement) => this.#encode(connection, statement))
      sendStatements(connection, encoded)
      return null
    } catch (error) {
      return error as Error
    }
  }

  #encode({ parsedStatements }: WireConnection, statement: Statement): EncodedStatement {
    const { name, text } = statement
    const values = statement.values.map(encodeParameter)
    const known = parsedStatements[name] !== undefined
    const again = this.#unparsed.some((other) => other.name === name)
    if (known || again) return { name, values }
    this.#unparsed.push(statement)
    return { name, text, values }
  }

  /** pg reads `name` and `text` when a statement has been parsed: the oldest unparsed one is meant. */
  get name(): string | undefined {
    return this.#unparsed[0]?.name
  }

  get text(): string | undefined {
    // Read last by pg's handler, so the statement is taken off the list here.
    return this.#unparsed.shift()?.text
  }

  handleRowDescription(message: { fields: readonly FieldDescription[] }): void {
    this.#fields = message.fields
    this.#parsers = message.fields.map(({ dataTypeID }) => parserOf(dataTypeID))
  }

  handleDataRow(message: { fields: readonly (string | null)[] }): void {
    const row: Row = {}
    const fields = this.#fields
    for (let index = 0; index < fields.length; index++) {
      const text = message.fields[index]
      const value = text === null || text === undefined ? null : this.#parsers[index]?.(text)
      row[fields[index]?.name ?? ''] = value
    }
    this.#rows[this.#current]?.push(row)
  }

  handleCommandComplete(): void {
    this.#current += 1
  }

  handleEmptyQuery(): void {
    this.#current += 1
  }

  handleError(error: unknown): void {
    // A statement that failed to parse must not count as prepared on this connection.
    for (const statement of this.#unparsed) {
      if (this.#connection !== undefined) delete this.#connection.parsedStatements[statement.name]
    }
    this.#reject(error)
    this.callback(error as Error)
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows)
    this.callback(null)
  }

  handlePortalSuspended(): void {
    this.#reject(new Error('a batch reads whole results'))
  }
}

function parserOf(type: number): (text: string) => unknown {
  if (type === pg.types.builtins.TIMESTAMPTZ) return parseTimestamp
  const parse = pg.types.getTypeParser(type, 'text')
  return type === TEXT_ARRAY ? (text) => (text === '{}' ? [] : parse(text)) : parse
}

const TEXT_ARRAY = 1009
