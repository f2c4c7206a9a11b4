import type { SigningKey } from '../domains/keys/index.ts'
import { parseId, SIGNING_ALGORITHMS } from '../kernel/index.ts'
import { UsageError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import { withTenantOf } from './open-application.ts'
import type { OptionTable } from './parse-options.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import { runSubcommand } from './run-subcommand.ts'

/** `countersign keys list`, `keys rotate`, `keys revoke` */
export function keys(io: CliIo, args: readonly string[]): Promise<number> {
  return runSubcommand(io, 'keys', SUBCOMMANDS, args)
}

const TENANT = { type: 'string', placeholder: 'slug', help: 'Whose keys.' } as const

const LIST_OPTIONS = { tenant: TENANT } as const satisfies OptionTable
const ROTATE_OPTIONS = {
  tenant: TENANT,
  algorithm: {
    type: 'string',
    placeholder: 'name',
    help: 'Only the keys of this one; default: of each that the tenant signs with.',
  },
  force: { type: 'boolean', help: 'Even if verifiers may not have seen the next key yet.' },
} as const satisfies OptionTable
const REVOKE_OPTIONS = {
  tenant: TENANT,
  key: { type: 'string', placeholder: 'id', help: 'The key; `keys list` shows the ids.' },
} as const satisfies OptionTable

const SUBCOMMANDS = {
  list: {
    summary: 'Show the keys of a tenant, newest first.',
    run: (io: CliIo, args: readonly string[]) =>
      runCommand(io, args, specOf('list', 'Shows the newest 100 keys.', LIST_OPTIONS), list),
  },
  rotate: {
    summary: 'Sign with the next key from now on.',
    run: (io: CliIo, args: readonly string[]) =>
      runCommand(io, args, specOf('rotate', ROTATE_SUMMARY, ROTATE_OPTIONS), rotate),
  },
  revoke: {
    summary: 'Emergency: trust nothing that a key signed.',
    run: (io: CliIo, args: readonly string[]) =>
      runCommand(io, args, specOf('revoke', REVOKE_SUMMARY, REVOKE_OPTIONS), revoke),
  },
} as const

async function list(call: CommandCall<typeof LIST_OPTIONS>): Promise<number> {
  const found = await withTenantOf(call.io, 'keys', call.options.tenant, (at) =>
    at.application.keys.list(at.context, { after: undefined, limit: 100 }),
  )
  printKeys(call, found)
  return EXIT.ok
}

async function rotate(call: CommandCall<typeof ROTATE_OPTIONS>): Promise<number> {
  const { tenant, force, algorithm: name } = call.options
  const algorithm = SIGNING_ALGORITHMS.find((one) => one === name)
  if (algorithm !== name) {
    throw new UsageError(`\`--algorithm\` is one of ${SIGNING_ALGORITHMS.join(', ')}`)
  }
  const found = await withTenantOf(call.io, 'keys', tenant, (at) =>
    at.application.keys.rotate(at.context, { force, algorithm }),
  )
  call.tell('rotated: running servers sign with the active key as soon as they read it again')
  printKeys(call, found)
  return EXIT.ok
}

async function revoke(call: CommandCall<typeof REVOKE_OPTIONS>): Promise<number> {
  const id = call.options.key === undefined ? undefined : parseId('key', call.options.key)
  if (id === undefined) throw new UsageError('`--key <id>` is missing, or is no key id')
  const found = await withTenantOf(call.io, 'keys', call.options.tenant, async (at) => {
    await at.application.keys.revoke(at.context, id)
    return at.application.keys.list(at.context, { after: undefined, limit: 100 })
  })
  call.tell('revoked: verifiers stop trusting it when they fetch the keys again')
  printKeys(call, found)
  return EXIT.ok
}

function printKeys(call: Pick<CommandCall<OptionTable>, 'print'>, found: readonly SigningKey[]) {
  const lines = found.map(
    (key) => `${key.id}  ${key.algorithm}  ${key.status.padEnd(8)}  ${key.createdAt.toISOString()}`,
  )
  const text = lines.length === 0 ? 'no keys yet: the first sign-in makes them' : lines.join('\n')
  call.print(`${text}\n`, { data: found.map(present) })
}

function present(key: SigningKey) {
  return {
    id: key.id,
    algorithm: key.algorithm,
    status: key.status,
    created_at: key.createdAt.toISOString(),
    activated_at: key.activatedAt?.toISOString() ?? null,
  }
}

function specOf<O extends OptionTable>(name: string, summary: string, options: O) {
  return { name: `countersign keys ${name}`, summary, options }
}

const ROTATE_SUMMARY = 'Signs with the next key from now on; the one before stays published.'
const REVOKE_SUMMARY = 'Withdraws a key at once: every token it signed stops working.'
