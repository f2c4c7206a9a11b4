import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { environmentOutside, outsideSearchPath, repositoryRoot } from './process-environment.mjs'

const modules = path.join(repositoryRoot, 'node_modules')
const stampFile = path.join(modules, '.countersign-lock')
const lockFolder = path.join(repositoryRoot, '.countersign-install.lock')

/**
 * Makes node_modules equal to package-lock.json; does nothing when it already is.
 * @throws Error with the output of npm when the installation fails.
 */
export function installDependencies() {
  if (isInstalled()) return

  acquireLock()
  try {
    if (!isInstalled()) runNpmCi()
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

function isInstalled() {
  const stamp = expectedStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return true
  if (!matchesHiddenLockfile()) return false
  writeFileSync(stampFile, stamp)
  return true
}

// Platform and architecture belong to it: a folder shared with a container holds other binaries.
function expectedStamp() {
  const hash = createHash('sha256').update(readFileSync(lockfilePath())).digest('hex')
  return `${hash} ${process.platform} ${process.arch}\n`
}

function lockfilePath() {
  return path.join(repositoryRoot, 'package-lock.json')
}

/** Whether npm's own record of what it installed says the same as package-lock.json. */
function matchesHiddenLockfile() {
  const hiddenPath = path.join(modules, '.package-lock.json')
  if (!existsSync(hiddenPath)) return false
  const wanted = JSON.parse(readFileSync(lockfilePath(), 'utf8')).packages
  const installed = JSON.parse(readFileSync(hiddenPath, 'utf8')).packages

  const isSame = (name) =>
    wanted[name]?.version === installed[name].version &&
    wanted[name]?.integrity === installed[name].integrity
  const isPresent = (name) => installed[name] !== undefined || !isForThisMachine(wanted[name])
  return (
    Object.keys(installed).every(isSame) &&
    Object.keys(wanted).every((name) => !name.startsWith('node_modules/') || isPresent(name))
  )
}

function isForThisMachine(entry) {
  if (entry.optional !== true) return true
  // NOTE: npm picks glibc or musl builds itself; an entry that names a libc cannot be judged here,
  // nor can one that names nothing: it belongs to an optional parent that may be for another system.
  if (entry.libc !== undefined || (entry.os === undefined && entry.cpu === undefined)) return false
  return includes(entry.os, process.platform) && includes(entry.cpu, process.arch)
}

function includes(list, value) {
  return list === undefined || list.includes(value)
}

function runNpmCi() {
  process.stderr.write('Installing the locked dependencies (first run, about 30 s)…\n')
  const startedAt = performance.now()
  const [command, ...prefix] = npmCommand()
  const result = spawnSync(
    command,
    [...prefix, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', QUIET],
    {
      cwd: repositoryRoot,
      env: environmentOutside(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: command === 'npm' && process.platform === 'win32',
    },
  )
  if (result.error !== undefined || result.status !== 0) throw installationFailed(result)

  writeFileSync(stampFile, expectedStamp())
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  process.stderr.write(`Installed in ${seconds} s.\n`)
}

const QUIET = '--loglevel=error'

function installationFailed(result) {
  const output = [result.error?.message, result.stdout, result.stderr].filter(Boolean).join('\n')
  return new Error(
    `${output}\nnpm ci failed, so nothing was started. ` +
      'Check the network and the npm registry settings, then run the command again.',
  )
}

/**
 * npm, run by a Node that is not inside node_modules: npm ci removes that folder while it runs.
 */
function npmCommand() {
  const cli = process.env.npm_execpath
  if (cli === undefined || path.basename(cli) !== 'npm-cli.js') return ['npm']

  const executable = process.platform === 'win32' ? 'node.exe' : 'node'
  const candidates = outsideSearchPath().map((directory) => path.join(directory, executable))
  const node = [...candidates, process.execPath].find((file) => existsSync(file))
  return [node ?? process.execPath, cli]
}

/** Two first commands at once must not install into the same folder: the second one waits. */
function acquireLock() {
  let isFirstTry = true
  while (!tryLock()) {
    if (isFirstTry) process.stderr.write('Waiting for another installation to finish…\n')
    isFirstTry = false
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MILLISECONDS)
  }
}

const POLL_MILLISECONDS = 300
const ABANDONED_AFTER_MILLISECONDS = 10 * 60 * 1000

function tryLock() {
  try {
    mkdirSync(lockFolder)
    writeFileSync(path.join(lockFolder, 'pid'), String(process.pid))
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAbandoned()) rmSync(lockFolder, { recursive: true, force: true })
    return false
  }
}

function isAbandoned() {
  try {
    if (Date.now() - statSync(lockFolder).mtimeMs > ABANDONED_AFTER_MILLISECONDS) return true
    const pid = Number(readFileSync(path.join(lockFolder, 'pid'), 'utf8'))
    if (!Number.isInteger(pid) || pid <= 0) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}
