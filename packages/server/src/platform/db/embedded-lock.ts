import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Two processes open the same PGlite folder without complaint and corrupt it, so a lock file
 * names the one that has it. A file left by a process that is gone is taken over.
 * @returns a function that gives the lock back
 * @throws Error naming the other process
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'countersign.lock')
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryCreate(file)) {
      lockedHere.add(file)
      return () => {
        rmSync(file, { force: true })
        lockedHere.delete(file)
      }
    }
    const owner = readOwner(file)
    if (owner !== undefined && isAlive(owner, file)) {
      throw new Error(
        `\`${folder}\` is in use by process ${owner}: stop it, or start with --memory or another folder`,
      )
    }
    rmSync(file, { force: true })
  }
  throw new Error(`could not lock \`${folder}\`: another process starts there at this moment`)
}

function tryCreate(file: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600)
    writeSync(handle, String(process.pid))
    closeSync(handle)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function readOwner(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // The other process may just have given the lock back.
    return undefined
  }
}

function isAlive(pid: number, file: string): boolean {
  // In a container the number is often the same again after a crash: 1.
  if (pid === process.pid) return lockedHere.has(file)
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const lockedHere = new Set<string>()
