import type { CliIo } from './cli-io.ts'
import { UsageError } from './cli-error.ts'
import { EXIT } from './exit-code.ts'
import { withTenantOf } from './open-application.ts'
import type { OptionTable } from './parse-options.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import { runSubcommand } from './run-subcommand.ts'

/** `countersign admin invite` */
export function admin(io: CliIo, args: readonly string[]): Promise<number> {
  return runSubcommand(io, 'admin', SUBCOMMANDS, args)
}

const INVITE_OPTIONS = {
  tenant: { type: 'string', placeholder: 'slug', help: 'Tenant of the new user.' },
  email: { type: 'string', placeholder: 'address', help: 'Address of the new user.' },
  role: { type: 'string', placeholder: 'name', help: 'Role to give; default admin.' },
} as const satisfies OptionTable

const INVITE_SPEC = {
  name: 'countersign admin invite',
  summary: 'Creates a user who chooses a password with a one-time link, which is printed.',
  options: INVITE_OPTIONS,
} as const

const SUBCOMMANDS = {
  invite: {
    summary: 'Create a user and print a one-time link.',
    run: (io: CliIo, args: readonly string[]) => runCommand(io, args, INVITE_SPEC, invite),
  },
} as const

/** The link is worth the account until it is used; its secret is in the fragment, so no log has it. */
async function invite(call: CommandCall<typeof INVITE_OPTIONS>): Promise<number> {
  const { email, role = 'admin', tenant: slug } = call.options
  if (email === undefined) throw new UsageError('`--email <address>` is missing')
  const invitation = await withTenantOf(call.io, 'admin', slug, async (at) => {
    const issued = await at.application.identity.inviteUser(at.context, { email, roles: [role] })
    return { ...issued, link: `${at.tenant.issuer}/invitation#${issued.token.reveal()}` }
  })
  const until = invitation.expiresAt
  call.tell(`${role} of \`${slug}\`; the link works once, until ${until.toISOString()}`)
  call.print(`${invitation.link}\n`, {
    user_id: invitation.user.id,
    link: invitation.link,
    expires_at: until.toISOString(),
  })
  return EXIT.ok
}
