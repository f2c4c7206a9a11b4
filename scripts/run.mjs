// Runs every npm script: installs the locked dependencies when they are missing or stale, then
// starts the task under the pinned Node. Works on any Node ≥ 18 and needs no dependency itself.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { installDependencies } from './install-dependencies.mjs'
import { environmentWith, repositoryRoot } from './process-environment.mjs'

const MINIMUM_NODE = [22, 18]

const SOURCE = ['--conditions=source', '--disable-warning=ExperimentalWarning']

/** Task → arguments of the pinned Node; the caller's options are appended. */
const TASKS = {
  start: [...SOURCE, 'packages/server/src/main.ts', 'dev'],
  countersign: [...SOURCE, 'packages/server/src/main.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  check: ['scripts/check.mjs'],
  notes: [...SOURCE, 'examples/notes-api/src/main.ts'],
  bench: [...SOURCE, 'bench/run.ts'],
  docs: [...SOURCE, 'scripts/generate-docs.ts'],
  format: ['node_modules/@biomejs/biome/bin/biome', 'format', '--write'],
  build: ['node_modules/typescript/bin/tsc', '-b'],
}

const CACHED_TASKS = new Set(['start', 'countersign', 'docs'])

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

main()

function main() {
  const [task, ...options] = process.argv.slice(2)
  if (task === undefined || !Object.hasOwn(TASKS, task)) {
    fail(`usage: node scripts/run.mjs <${Object.keys(TASKS).join('|')}> [options…]`, 2)
  }

  try {
    installDependencies()
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error), 1)
  }

  runTask(task, options)
}

function runTask(task, options) {
  const node = findNode()
  const child = spawn(node, [...TASKS[task], ...options], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env: taskEnvironment(task, node),
  })
  forwardSignals(child)
  endWithNpm(child)
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`, 1))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of FORWARDED_SIGNALS) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    // NOTE: a signal that does not end this process still has to become an exit code.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 200)
  })
}

function findNode() {
  const bundled = path.join(repositoryRoot, 'node_modules', '.bin', 'node')
  if (existsSync(bundled) && (process.platform !== 'linux' || hasGlibc())) return bundled

  const [major, minor] = process.versions.node.split('.').map(Number)
  const isRecent =
    major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])
  if (isRecent) return process.execPath

  return fail(
    `Countersign needs Node.js ${MINIMUM_NODE.join('.')} or newer; this is ${process.version}, ` +
      'and no pinned Node.js exists for this platform. ' +
      'Install Node.js 24 from https://nodejs.org and run the command again.',
    1,
  )
}

/** The pinned Node is linked against glibc; on musl it exists but cannot be started. */
function hasGlibc() {
  const loaders = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1']
  return existsSync(loaders[process.arch === 'arm64' ? 1 : 0])
}

function taskEnvironment(task, node) {
  const bin = path.join(repositoryRoot, 'node_modules', '.bin')
  const searchPath = node.startsWith(bin) ? [bin] : [bin, path.dirname(node)]
  const environment = environmentWith(searchPath)
  // NOTE: Node documents that cached code makes V8 coverage less precise, so tests go without.
  if (CACHED_TASKS.has(task)) {
    environment.NODE_COMPILE_CACHE ??= path.join(
      repositoryRoot,
      'node_modules',
      '.cache',
      'compile',
    )
  }
  return environment
}

/**
 * On a terminal, Ctrl-C reaches the whole process group, the task included, so that SIGINT is only
 * passed on elsewhere. npm may repeat a signal the group already got: one per second is enough.
 */
function forwardSignals(child) {
  const isTerminal = [process.stdin, process.stdout, process.stderr].some((s) => s.isTTY)
  let forwardedAt = Number.NEGATIVE_INFINITY
  for (const name of FORWARDED_SIGNALS) {
    process.on(name, () => {
      if (name === 'SIGINT' && isTerminal) return
      if (performance.now() - forwardedAt < 1000) return
      forwardedAt = performance.now()
      child.kill(name)
    })
  }
}

/**
 * npm passes a signal to the shell between itself and us, and that shell dies without telling us.
 * A changed parent is the trace it leaves: without this, `kill <npm>` would leave the task running.
 */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    child.kill('SIGTERM')
  }, 200)
}

/** @returns {never} */
function fail(message, code) {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
