import type { CliIo, StopSignal } from './cli-io.ts'
import { EXIT } from './exit-code.ts'

export interface StopHandlers {
  /** What need not be ready before the process says that it is; a signal waits for it. */
  start?(): Promise<void>
  /** Ends the work in hand; called once. */
  stop(signal: StopSignal): Promise<void>
  /** Called for the first error that nobody handled, before the process ends. */
  onCrash(error: unknown): void
  /** After this time the process ends although `stop` has not finished. */
  readonly limitSeconds: number
}

/**
 * Waits for SIGINT or SIGTERM, stops, and answers the exit code. A second signal ends at once. The
 * same Ctrl-C can arrive twice, from the terminal and from npm, so a quick one is not a second.
 */
export async function runUntilSignal(io: CliIo, handlers: StopHandlers): Promise<number> {
  const stopWatching = io.onCrash((error) => {
    handlers.onCrash(error)
    io.exit(EXIT.failed)
  })
  const { first, forget } = awaitFirstSignal(io)
  const deadline = setDeadline(io)
  try {
    await handlers.start?.()
    const signal = await first
    deadline.start(handlers.limitSeconds)
    await handlers.stop(signal)
    return EXIT.ok
  } finally {
    deadline.clear()
    forget()
    stopWatching()
  }
}

function awaitFirstSignal(io: CliIo) {
  let firstAt: number | undefined
  let forget = (): void => undefined
  const first = new Promise<StopSignal>((resolve) => {
    forget = io.onSignal((signal) => {
      const now = performance.now()
      if (firstAt !== undefined && now - firstAt > REPEATED_SIGNAL_MS) io.exit(INTERRUPTED)
      firstAt ??= now
      resolve(signal)
    })
  })
  return { first, forget: () => forget() }
}

function setDeadline(io: CliIo) {
  let timer: NodeJS.Timeout | undefined
  return {
    start: (seconds: number) => {
      timer = setTimeout(() => io.exit(EXIT.failed), seconds * 1000)
    },
    clear: () => clearTimeout(timer),
  }
}

const REPEATED_SIGNAL_MS = 300
/** 128 + SIGINT, as shells say it. */
const INTERRUPTED = 130
