import type { Clock } from '../kernel/index.ts'

export interface CliStream {
  readonly isTty: boolean
  write(text: string): void
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** What a command sees of the process, so that tests can run it inside theirs. */
export interface CliIo {
  /** Results: what a script would read. */
  readonly stdout: CliStream
  /** Progress, warnings and errors. */
  readonly stderr: CliStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** Returns a function that stops listening. */
  onSignal(listener: (signal: StopSignal) => void): () => void
  /** Called for errors that nobody handled. */
  onCrash(listener: (error: unknown) => void): () => void
  /** Ends the process at once, whatever still runs. */
  exit(code: number): void
}
