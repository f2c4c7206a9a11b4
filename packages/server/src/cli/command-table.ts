import type { CliIo } from './cli-io.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  run(io: CliIo, args: readonly string[]): Promise<number>
}

/** Loaded when called: `--help` must not wait for a database engine. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'dev',
    summary: 'Start a development server with demo users; needs nothing else.',
    run: async (io, args) => (await import('./dev.ts')).dev(io, args),
  },
  {
    name: 'serve',
    summary: 'Start a production server.',
    run: async (io, args) => (await import('./serve.ts')).serve(io, args),
  },
  {
    name: 'migrate',
    summary: 'Bring the database to the schema of this release.',
    run: async (io, args) => (await import('./migrate.ts')).migrate(io, args),
  },
  {
    name: 'doctor',
    summary: 'Check the installation: what is wrong, why it matters, the fix.',
    run: async (io, args) => (await import('./doctor.ts')).doctor(io, args),
  },
  {
    name: 'admin',
    summary: 'Invite an administrator: `admin invite`.',
    run: async (io, args) => (await import('./admin.ts')).admin(io, args),
  },
  {
    name: 'keys',
    summary: 'Signing keys of a tenant: `keys list`, `keys rotate`, `keys revoke`.',
    run: async (io, args) => (await import('./keys.ts')).keys(io, args),
  },
  {
    name: 'config',
    summary: 'Show the configuration: `config print`, `config schema`.',
    run: async (io, args) => (await import('./config.ts')).config(io, args),
  },
  {
    name: 'healthcheck',
    summary: 'Ask the server on this machine whether it is ready.',
    run: async (io, args) => (await import('./healthcheck.ts')).healthcheck(io, args),
  },
]
