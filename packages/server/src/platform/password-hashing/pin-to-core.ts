import { existsSync, readFileSync } from 'node:fs'

/** A program that starts another one on one core, with what stands in front of that one. */
export interface Pin {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * How the worker of a slot is kept on a core of its own; undefined where this system can't.
 *
 * NOTE: Argon2 computes its lanes in as many threads as it sees cores, which wait for each other by
 * spinning. With a worker for each core they only take time from one another, and from PostgreSQL
 * beside them: a worker that sees one core computes a ninth more passwords in a second. One password
 * alone takes as long as one core needs for it, which is twice as long on an idle machine of two.
 */
export function pinOf(slot: number, host: Host = thisHost): Pin | undefined {
  const cores = host.allowedCores()
  // Two servers of one worker each do not both begin with the first core.
  const core = cores[(host.processId + slot) % cores.length]
  const file = host.taskset()
  return core === undefined || file === undefined ? undefined : { file, args: ['-c', `${core}`] }
}

/** What is asked of the system. */
export interface Host {
  readonly processId: number
  allowedCores(): readonly number[]
  taskset(): string | undefined
}

/** The cores of a list such as `0-3,8`, as the kernel writes it. */
export function parseCoreList(text: string): readonly number[] {
  const ranges = text.split(',').map((range) => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range.trim()))
  return ranges.flatMap((range) => {
    if (range?.[1] === undefined) return []
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])]
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  })
}

const thisHost: Host = {
  processId: process.pid,
  allowedCores: () => {
    try {
      const status = readFileSync('/proc/self/status', 'utf8')
      return parseCoreList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '')
    } catch {
      // Not Linux: nothing is pinned.
      return []
    }
  },
  // By its whole path: the worker has no environment, so no PATH either.
  taskset: () => ['/usr/bin/taskset', '/bin/taskset'].find((path) => existsSync(path)),
}
