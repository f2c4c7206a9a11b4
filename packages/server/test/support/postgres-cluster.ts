import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'

/** A PostgreSQL server of our own, listening on 127.0.0.1 until `stop` or the end of this process. */
export interface PostgresCluster {
  /** Connection string of the superuser. */
  readonly url: string
  /** The same over the Unix socket, for who shares this machine. */
  readonly socketUrl: string
  /** Stops the server and deletes its folder. */
  readonly stop: () => Promise<void>
}

/**
 * The folder with `initdb` and `postgres`, or `undefined` when this machine has none:
 * first PATH, then the newest version where Debian and Homebrew keep them.
 */
export async function findPostgresBinaries(): Promise<string | undefined> {
  const fromPath = (process.env.PATH ?? '').split(path.delimiter).filter((entry) => entry !== '')
  const candidates = [
    ...fromPath,
    ...newestFirst('/usr/lib/postgresql', /^\d+$/u),
    ...newestFirst('/opt/homebrew/opt', /^postgresql@\d+$/u),
    ...newestFirst('/usr/local/opt', /^postgresql@\d+$/u),
    '/opt/homebrew/bin',
    '/usr/local/bin',
  ]
  return candidates.find((folder) =>
    ['initdb', 'postgres'].every((name) => isExecutable(path.join(folder, name))),
  )
}

/**
 * Creates and starts a private cluster: own data folder, free port, generated password, own socket
 * folder. As root it runs as an ordinary user, since PostgreSQL refuses root.
 * @throws Error with the output of PostgreSQL when it does not start.
 */
export async function startPostgresCluster(binaries: string): Promise<PostgresCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-pg-'))
  const password = randomBytes(24).toString('base64url')
  try {
    const account = await ordinaryAccount()
    await createDataFolder({ binaries, folder, password, account })
    const port = await freePort()
    const supervisor = startServer({ binaries, folder, port, account })
    await untilReady(supervisor)
    const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
    return {
      url,
      socketUrl: `${url}?host=${encodeURIComponent(folder)}`,
      stop: () => stop(supervisor, folder),
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

interface Account {
  uid: number
  gid: number
}

/** The account to run as: `undefined` means ours. */
async function ordinaryAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const uid = await accountNumber('-u', name)
    const gid = await accountNumber('-g', name)
    if (uid !== undefined && gid !== undefined) return { uid, gid }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`')
}

async function accountNumber(kind: '-u' | '-g', name: string): Promise<number | undefined> {
  try {
    const { stdout } = await run('id', [kind, name])
    return Number(stdout.trim())
  } catch {
    // `id` fails for a user that does not exist, which is the answer.
    return undefined
  }
}

interface DataFolder {
  binaries: string
  folder: string
  password: string
  account: Account | undefined
}

async function createDataFolder({ binaries, folder, password, account }: DataFolder) {
  const passwordFile = path.join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await chmod(folder, 0o700)
  if (account !== undefined) {
    await chown(passwordFile, account.uid, account.gid)
    await chown(folder, account.uid, account.gid)
  }
  const options = [
    `--pgdata=${path.join(folder, 'data')}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ]
  await run(path.join(binaries, 'initdb'), options, { ...account, cwd: folder, env: CLEAN_LOCALE })
  await rm(passwordFile)
}

interface ServerOptions {
  binaries: string
  folder: string
  port: number
  account: Account | undefined
}

/**
 * INVARIANT: the server never outlives this process, however that ends. A shell supervises it: when
 * our end of the pipe closes, it shuts the server down and deletes the folder.
 */
function startServer({ binaries, folder, port, account }: ServerOptions): ChildProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    max_connections: '200',
    logging_collector: 'off',
    lc_messages: 'C',
  }
  const command = [
    path.join(binaries, 'postgres'),
    '-D',
    path.join(folder, 'data'),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
  return spawn('/bin/sh', ['-c', SUPERVISE, 'countersign-postgres', folder, ...command], {
    ...account,
    cwd: folder,
    env: CLEAN_LOCALE,
    // Ctrl-C on the terminal must reach the tests only; they end the server when they are done.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

const SUPERVISE = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( cat >/dev/null; kill -QUIT "$server" ) <&3 2>/dev/null &
exec 3<&-
wait "$server"
cd /; rm -rf "$folder"
`

const START_TIMEOUT_MILLISECONDS = 60_000

async function untilReady(supervisor: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      supervisor.stdin?.destroy()
      reject(new Error(`PostgreSQL did not start: ${reason}\n${log}`))
    }
    const timer = setTimeout(() => fail('no answer in time'), START_TIMEOUT_MILLISECONDS)
    supervisor.once('error', (error) => fail(error.message))
    supervisor.once('exit', () => fail('it ended'))
    supervisor.once('exit', () => clearTimeout(timer))
    supervisor.stderr?.on('data', (chunk: Buffer) => {
      if (log.length < 100_000) log += chunk.toString()
      if (!log.includes('database system is ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
  })
  releaseEventLoop(supervisor)
}

/** Lets this process end although the server still runs; its end closes the pipe. */
function releaseEventLoop(supervisor: ChildProcess): void {
  supervisor.unref()
  for (const stream of [supervisor.stdin, supervisor.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
  }
}

async function stop(supervisor: ChildProcess, folder: string): Promise<void> {
  if (supervisor.exitCode === null) {
    supervisor.ref()
    const exited = once(supervisor, 'exit')
    supervisor.stdin?.destroy()
    await exited
  }
  await rm(folder, { recursive: true, force: true })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was assigned')
  return address.port
}

function newestFirst(parent: string, name: RegExp): string[] {
  let versions: string[]
  try {
    versions = readdirSync(parent).filter((entry) => name.test(entry))
  } catch {
    // The folder belongs to another system than this one.
    return []
  }
  const number = (version: string) => Number(version.replace(/\D/gu, ''))
  return versions
    .toSorted((a, b) => number(b) - number(a))
    .map((version) => path.join(parent, version, 'bin'))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const run = promisify(execFile)

// The readiness line is looked for in English; PG* variables of the caller must not leak in.
const CLEAN_LOCALE = { PATH: process.env.PATH, LC_ALL: 'C', LANG: 'C' }
