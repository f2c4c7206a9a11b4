import type { IncomingMessage } from 'node:http'

/**
 * Reads a small form and puts it back, so that the engine reads the same bytes after us.
 * @returns undefined for what is not a form of known, small size
 */
export async function peekForm(raw: IncomingMessage): Promise<URLSearchParams | undefined> {
  const length = Number(raw.headers['content-length'])
  const isSmall = Number.isInteger(length) && length > 0 && length <= MAX_BYTES
  if (!isSmall || !FORM.test(raw.headers['content-type'] ?? '')) return undefined
  await arrival(raw, length)
  const body = raw.read(length) as Buffer | null
  if (body === null) return undefined
  // In the same turn: behind the end of the stream nothing can be put back.
  raw.unshift(body)
  return new URLSearchParams(body.toString('latin1'))
}

/** Until all of it is there, or no more comes: time-outs of the server end a client that waits. */
function arrival(raw: IncomingMessage, length: number): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (raw.readableLength < length && raw.readable) return void raw.read(0)
      for (const event of EVENTS) raw.off(event, check)
      resolve()
    }
    for (const event of EVENTS) raw.on(event, check)
    check()
  })
}

const EVENTS = ['readable', 'end', 'close', 'error'] as const
const FORM = /^application\/x-www-form-urlencoded(?:; ?charset=utf-8)?$/i
const MAX_BYTES = 2048
