import type { OutboxRef } from './sealed-message.ts'

export interface Nudge {
  /** Delivers soon, if the row gets committed. Never throws and never waits. */
  soon(ref: OutboxRef): void
  /** Takes no more and waits for what is under way. */
  drain(): Promise<void>
}

export interface NudgeOptions {
  /** Resolves to false if the row is not (yet) there. Must not throw. */
  readonly attempt: (ref: OutboxRef) => Promise<boolean>
  readonly atOnce: number
}

/**
 * A mail is wanted within a second, and a transaction has no hook for "committed". So the node
 * that wrote it looks for it shortly after, three times. It is only haste: whatever is not done
 * here, because of a crash or a long transaction or a full queue, is done by the job.
 */
export function createNudge({ attempt, atOnce }: NudgeOptions): Nudge {
  const waiting: Waiting[] = []
  const timers = new Set<NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  let drained = false

  const plan = (ref: OutboxRef, tries: number): void => {
    const delay = DELAYS_MILLISECONDS[tries]
    if (drained || delay === undefined || timers.size + waiting.length >= MAX_WAITING) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      waiting.push({ ref, tries })
      pump()
    }, delay)
    timers.add(timer)
  }
  const pump = (): void => {
    while (running.size < atOnce) {
      const next = waiting.shift()
      if (next === undefined) return
      const run = attempt(next.ref).then((found) => {
        running.delete(run)
        if (!found) plan(next.ref, next.tries + 1)
        pump()
      })
      running.add(run)
    }
  }
  return {
    soon: (ref) => plan(ref, 0),
    drain: async () => {
      drained = true
      for (const timer of timers) clearTimeout(timer)
      waiting.length = 0
      await Promise.all(running)
    },
  }
}

interface Waiting {
  readonly ref: OutboxRef
  readonly tries: number
}

const DELAYS_MILLISECONDS = [20, 100, 500]
const MAX_WAITING = 1000
