import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** A program of `examples/relying-parties`, in a process of its own. */
export interface RunningExample {
  readonly output: () => string
  /** Resolves when it has written the text; rejects when it ends before. */
  until(text: string): Promise<void>
  /** Resolves when it ends. */
  readonly exited: Promise<number | null>
  stop(): Promise<void>
}

export function startExample(
  name: string,
  settings: Readonly<Record<string, string>>,
): RunningExample {
  const file = fileURLToPath(
    new URL(`../../../../examples/relying-parties/${name}`, import.meta.url),
  )
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', file]
  const env = { PATH: process.env['PATH'] ?? '', ...settings }
  return watch(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** What a process of ours writes, and its end. */
export function watch(child: ChildProcess): RunningExample {
  let output = ''
  const watchers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const look of watchers) look()
    })
  }
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    output: () => output,
    exited,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
        void exited.then((code) => reject(new Error(`ended with ${code}: ${output}`)))
      }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}
