import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from './process-environment.mjs'

const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', '.git', '.countersign'])

/** Paths of all files that are, or would be, committed; `/`-separated, relative to the root. */
export function repositoryFiles() {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  // NOTE: an unpacked archive has no git; there, the folders git would ignore are left out by name.
  const files = git.status === 0 ? git.stdout.split('\0').filter(Boolean) : walk('')
  return files.filter(isFile).sort()
}

function isFile(file) {
  return statSync(path.join(repositoryRoot, file), { throwIfNoEntry: false })?.isFile() === true
}

function walk(folder) {
  return readdirSync(path.join(repositoryRoot, folder), { withFileTypes: true }).flatMap(
    (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (!entry.isDirectory()) return [name]
      return IGNORED_FOLDERS.has(entry.name) ? [] : walk(name)
    },
  )
}
