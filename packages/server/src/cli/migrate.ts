import type { Secret } from '../kernel/index.ts'
import { type Config, loadConfig } from '../platform/config/index.ts'
import {
  explainSchemaState,
  findSchemaState,
  migrate as applyMigrations,
  type Migration,
  type OwnerConnection,
  readMigrations,
  type SchemaState,
} from '../platform/db/index.ts'
import { withConnection } from '../platform/db/with-connection.ts'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import type { OptionTable } from './parse-options.ts'
import { type CommandCall, runCommand } from './run-command.ts'

/** Brings the schema to this release. */
export function migrate(io: CliIo, args: readonly string[]): Promise<number> {
  return runCommand(io, args, SPEC, runMigration)
}

const OPTIONS = {
  plan: { type: 'boolean', help: 'Show what would be applied; change nothing.' },
  check: { type: 'boolean', help: 'End with 3 if anything is missing; change nothing.' },
} as const satisfies OptionTable

const SPEC = {
  name: 'countersign migrate',
  summary: 'Applies what the database lacks, as COUNTERSIGN_DATABASE_OWNER_URL.',
  options: OPTIONS,
} as const

type MigrateCall = CommandCall<typeof OPTIONS>

async function runMigration(call: MigrateCall): Promise<number> {
  const { io, options } = call
  const { config } = loadConfig({ env: io.env, cwd: io.cwd, command: 'migrate' })
  const migrations = await readMigrations()
  return withConnection(ownerUrlOf(config), async (connection) => {
    const state = await findSchemaState(connection, migrations)
    if (options.check || options.plan) return report(call, state)
    if (state.kind !== 'behind' && state.kind !== 'current') {
      throw new CliError(explainSchemaState(state), EXIT.behind)
    }
    const applied = await applyMigrations(connection, migrations)
    const needsLogin = await lacksLoginRole(connection)
    const text = applied.length === 0 ? 'nothing to apply\n' : listOf('applied', applied)
    call.print(needsLogin ? `${text}\n${LOGIN_ROLE_ADVICE}` : text, {
      applied: applied.map(label),
      needs_login_role: needsLogin,
    })
    return EXIT.ok
  })
}

function report(call: MigrateCall, state: SchemaState): number {
  const pending = state.kind === 'behind' ? state.pending : []
  const plan = call.options.plan && pending.length > 0 ? listOf('would apply', pending) : ''
  call.print(`${plan}${explainSchemaState(state)}\n`, {
    state: state.kind,
    pending: pending.map(label),
  })
  return call.options.check && state.kind !== 'current' ? EXIT.behind : EXIT.ok
}

function ownerUrlOf({ database }: Config): Secret<string> {
  if (database.kind === 'embedded') throw new CliError('there is no database server', EXIT.usage)
  return database.ownerUrl ?? database.url
}

async function lacksLoginRole(connection: OwnerConnection): Promise<boolean> {
  const { rows } = await connection.query(`
    SELECT FROM pg_auth_members m
      JOIN pg_roles member ON member.oid = m.member
      JOIN pg_roles granted ON granted.oid = m.roleid
     WHERE granted.rolname = 'countersign_app' AND member.rolcanlogin
       AND member.rolname <> current_user
     LIMIT 1`)
  return rows.length === 0
}

function listOf(verb: string, migrations: readonly Migration[]): string {
  return migrations.map((migration) => `${verb} ${label(migration)}\n`).join('')
}

/** The job queue's own tables have no file and so no number. */
function label({ name, text, version }: Migration): string {
  return text === '' ? name : `${String(version).padStart(4, '0')}-${name}`
}

const LOGIN_ROLE_ADVICE = `No role may log in as the application yet. As the owner:
  CREATE ROLE countersign_login LOGIN NOINHERIT PASSWORD '…';
  GRANT countersign_app TO countersign_login;
and use it in COUNTERSIGN_DATABASE_URL.
`
