import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { CliIo, StopSignal } from '../../src/cli/cli-io.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { systemClock } from '../../src/kernel/index.ts'

export interface Transcript {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export interface TestIoOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly isTty?: boolean
}

/** The surroundings of a command, inside the test's own process. */
export function createTestIo(options: TestIoOptions = {}) {
  const written = { stdout: '', stderr: '' }
  const listeners = new Set<(signal: StopSignal) => void>()
  const crashListeners = new Set<(error: unknown) => void>()
  const exits: number[] = []
  const stream = (name: 'stdout' | 'stderr') => ({
    isTty: options.isTty ?? false,
    write: (text: string) => {
      written[name] += text
    },
  })
  const io: CliIo = {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: options.env ?? {},
    cwd: options.cwd ?? tmpdir(),
    clock: systemClock,
    onSignal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onCrash: (listener) => {
      crashListeners.add(listener)
      return () => crashListeners.delete(listener)
    },
    exit: (code) => void exits.push(code),
  }
  return {
    io,
    written,
    exits,
    signal: (signal: StopSignal) => {
      for (const listener of listeners) listener(signal)
    },
    crash: (error: unknown) => {
      for (const listener of crashListeners) listener(error)
    },
  }
}

/** `countersign <words>` as a person would type it; words are split at spaces. */
export async function countersign(line: string, options: TestIoOptions = {}): Promise<Transcript> {
  const { io, written } = createTestIo(options)
  const code = await runCli(io, line === '' ? [] : line.split(' '))
  return { ...written, code }
}

/** An empty folder that is gone after the suite. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
