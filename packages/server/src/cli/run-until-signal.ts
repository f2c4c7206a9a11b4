import type { CliIo, StopSignal } from './cli-io.ts'
import { EXIT } from './exit-code.ts'
import { presentError } from './present-error.ts'

export interface RunningServer {
  /** Ends the work in hand; called once. */
  stop(signal: StopSignal): Promise<void>
  /** Called for the first error that nobody handled, before the process ends. */
  onCrash(error: unknown): void
  /** After this time the process ends although `stop` has not finished. */
  readonly stopWithinSeconds: number
}

/**
 * Starts, waits for SIGINT or SIGTERM, stops, and answers the exit code. A signal during the start
 * waits for it, so that nothing is left half made; a second one ends at once. The same Ctrl-C can
 * arrive twice, from the terminal and from npm, so a quick one is not a second.
 */
export async function runUntilSignal(
  io: CliIo,
  start: () => Promise<RunningServer>,
): Promise<number> {
  let server: RunningServer | undefined
  const forgetCrash = io.onCrash((error) => {
    if (server === undefined) io.stderr.write(`${presentError(error).text}\n`)
    else server.onCrash(error)
    io.exit(EXIT.failed)
  })
  const { first, forgetSignals } = awaitFirstSignal(io)
  let deadline: NodeJS.Timeout | undefined
  try {
    server = await start()
    const signal = await first
    deadline = setTimeout(() => io.exit(EXIT.failed), server.stopWithinSeconds * 1000)
    await server.stop(signal)
    return EXIT.ok
  } finally {
    clearTimeout(deadline)
    forgetSignals()
    forgetCrash()
  }
}

function awaitFirstSignal(io: CliIo) {
  let firstAt: number | undefined
  const { promise: first, resolve } = Promise.withResolvers<StopSignal>()
  const forgetSignals = io.onSignal((signal) => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt > REPEATED_SIGNAL_MS) io.exit(INTERRUPTED)
    firstAt ??= now
    resolve(signal)
  })
  return { first, forgetSignals }
}

const REPEATED_SIGNAL_MS = 300
/** 128 + SIGINT, as shells say it. */
const INTERRUPTED = 130
