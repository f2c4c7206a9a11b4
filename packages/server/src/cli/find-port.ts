import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { CliError } from './cli-error.ts'

/**
 * Answers `port`, or a free one for 0. Asked before the database is opened, so that a second start
 * fails at once and touches nothing.
 * @throws CliError if the port is taken, naming the process where the system tells
 */
export async function findPort(host: string, port: number): Promise<number> {
  const server = createServer()
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  } catch (error) {
    throw explainListenError(error, port)
  } finally {
    server.close()
  }
}

/** Turns what `listen` failed with into a message that says the fix. */
export function explainListenError(error: unknown, port: number): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'EADDRINUSE') {
    const owner = findPortOwner(port)
    const who = owner === undefined ? '' : ` by pid ${owner}`
    return new CliError(`port ${port} is in use${who}: use --port, or set COUNTERSIGN_PORT`)
  }
  if (code === 'EACCES') {
    return new CliError(`port ${port} is reserved for root: use --port with a number above 1023`)
  }
  return error
}

/** Linux tells by /proc, of one's own processes only; elsewhere there is no answer. */
function findPortOwner(port: number): number | undefined {
  try {
    const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((f) => listenersIn(f, port)))
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => holdsSocket(pid, inodes))
  } catch {
    // No /proc here.
    return undefined
  }
}

function listenersIn(file: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(wanted) === true && state === LISTENING)
    .map((columns) => columns[9] ?? '')
}

function holdsSocket(pid: number, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some((handle) => {
      const target = readLink(`${folder}/${handle}`)
      return target !== undefined && inodes.has(target.slice('socket:['.length, -1))
    })
  } catch {
    // It ended meanwhile, or belongs to somebody else.
    return false
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // The handle was closed meanwhile.
    return undefined
  }
}

/** `TCP_LISTEN` in the kernel's table. */
const LISTENING = '0A'
