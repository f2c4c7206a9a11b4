import { serialize } from 'pg-protocol'

/** A statement whose parameters are encoded; `text` only if the connection must parse it first. */
export interface EncodedStatement {
  readonly name: string
  readonly text?: string
  readonly values: readonly (string | Buffer | null)[]
}

/** The part of pg's (untyped) Connection that the extended query protocol needs. */
export interface WireConnection {
  parsedStatements: Record<string, string | undefined>
  parse(message: { text: string; name: string }): void
  bind(message: { statement: string; values: readonly unknown[] }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: { portal: string; rows: number }): void
  sync(): void
  /** A socket; the embedded database has none, only the methods above. */
  stream: { write?(bytes: Buffer): boolean; readonly writable?: boolean }
}

/**
 * Sends all statements and one Sync in a single write: a system call for each message costs more
 * than the statements do.
 */
export function sendStatements(
  connection: WireConnection,
  statements: readonly EncodedStatement[],
): void {
  const { stream } = connection
  if (stream.write === undefined) return callMethods(connection, statements)
  // To a stream that has ended nothing is written: pg fails the query when it sees the end.
  if (stream.writable === true) stream.write(Buffer.concat([...statements.flatMap(encode), SYNC]))
}

function encode({ name, text, values }: EncodedStatement): Buffer[] {
  const messages = [serialize.bind({ statement: name, values: [...values] }), DESCRIBE_AND_EXECUTE]
  return text === undefined ? messages : [serialize.parse({ text, name }), ...messages]
}

function callMethods(connection: WireConnection, statements: readonly EncodedStatement[]): void {
  for (const { name, text, values } of statements) {
    if (text !== undefined) connection.parse({ text, name })
    connection.bind({ statement: name, values })
    connection.describe({ type: 'P', name: '' })
    connection.execute({ portal: '', rows: 0 })
  }
  connection.sync()
}

const DESCRIBE_AND_EXECUTE = Buffer.concat([serialize.describe({ type: 'P' }), serialize.execute()])
const SYNC = serialize.sync()
