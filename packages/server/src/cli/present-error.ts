import { AppError } from '../kernel/index.ts'
import { ConfigError } from '../platform/config/index.ts'
import { DatabaseRefusedError, sqlState } from '../platform/db/index.ts'
import { isConnectionLoss } from '../platform/db/errors.ts'
import { CliError, UsageError } from './cli-error.ts'
import { EXIT } from './exit-code.ts'

export interface PresentedError {
  readonly text: string
  readonly exitCode: number
}

/** Every failure as lines for a person, with the fix where it is known, and its exit code. */
export function presentError(error: unknown): PresentedError {
  if (error instanceof UsageError) {
    const text = `countersign: ${error.message}\n  \`countersign --help\` lists the commands`
    return { text, exitCode: error.exitCode }
  }
  if (error instanceof CliError) return present(error.message, error.exitCode)
  if (error instanceof ConfigError) return present(error.message, error.exitCode)
  if (error instanceof DatabaseRefusedError) return presentRefusedDatabase(error)
  if (error instanceof AppError) return presentAppError(error)
  return presentDatabaseError(error) ?? present(describe(error), EXIT.failed)
}

function presentRefusedDatabase({ problems }: DatabaseRefusedError): PresentedError {
  const isOnlySchema = problems.every((problem) => !problem.startsWith(ROLE_PROBLEM))
  const lines = problems.map((problem) => `  ✖ ${problem}`)
  return present(
    ['the database is refused', ...lines].join('\n'),
    isOnlySchema ? EXIT.behind : EXIT.refused,
  )
}

function presentAppError(error: AppError): PresentedError {
  if (error.code === 'database_unavailable') return presentDatabaseError(error.cause) ?? UNREACHABLE
  const fields = (error.options.fields ?? []).map(
    (field) => `\n  ${field.pointer}: ${field.detail}`,
  )
  const text = `${error.definition.title} (${error.code})${fields.join('')}\n  ${error.definition.help}`
  return present(text, error.status === 503 ? EXIT.unreachable : EXIT.failed)
}

/** Messages of the driver are not shown: they may quote the connection string. */
function presentDatabaseError(error: unknown): PresentedError | undefined {
  const state = sqlState(error)
  const refusal = state === undefined ? undefined : REFUSED_CONNECTIONS[state]
  if (refusal !== undefined) return refusal
  return isConnectionLoss(error) ? UNREACHABLE : undefined
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown'
  const cause = error.cause instanceof Error ? `\n  caused by: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}

function present(text: string, exitCode: number): PresentedError {
  return { text: `countersign: ${text}`, exitCode }
}

/** How `openServerDatabase` begins what it says about the role; a test holds the two together. */
const ROLE_PROBLEM = 'database user '

const UNREACHABLE = present(
  'the database can not be reached\n  start it, or correct COUNTERSIGN_DATABASE_URL',
  EXIT.unreachable,
)

const GRANT_FIRST =
  'the database user may not become `countersign_app`\n  run `GRANT countersign_app TO <user>` as the owner'

/** By SQLSTATE, at the start of a connection. */
const REFUSED_CONNECTIONS: Readonly<Record<string, PresentedError>> = {
  '28P01': present(
    'the database refused the password\n  correct the user or the password in COUNTERSIGN_DATABASE_URL',
    EXIT.auth,
  ),
  '28000': present(
    'the database refused the user\n  correct COUNTERSIGN_DATABASE_URL, or pg_hba.conf of the server',
    EXIT.auth,
  ),
  '42501': present(GRANT_FIRST, EXIT.auth),
  '3D000': present(
    'there is no such database on the server\n  create it, or correct COUNTERSIGN_DATABASE_URL',
    EXIT.unreachable,
  ),
  // The role is made by the first migration.
  '22023': present(
    'the database was never migrated\n  run `countersign migrate` as the owner of the database',
    EXIT.behind,
  ),
}
