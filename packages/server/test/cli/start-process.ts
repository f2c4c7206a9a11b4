import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export interface StartedProcess {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves when stdout or stderr contains it; rejects when the process ends before. */
  until(text: string): Promise<void>
  readonly exited: Promise<number | string>
}

/** Runs the command line in a process of its own, from the sources. */
export function startProcess(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): StartedProcess {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  const watchers = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      for (const watch of watchers) watch()
    })
  }
  const exited = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  afterAll(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await exited
  })
  return {
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    until: (text) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          if (!`${written.stdout}\n${written.stderr}`.includes(text)) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
        void exited.then((code) =>
          reject(new Error(`ended with ${code}: ${written.stdout}\n${written.stderr}`)),
        )
      }),
    exited,
  }
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
