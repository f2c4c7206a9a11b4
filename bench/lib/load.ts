import { connect, type Socket } from 'node:net'

/** One keep-alive connection's part of the load: what it sends next, and what it got. */
export interface Talker {
  /** Raw HTTP/1.1 request, or undefined when this connection is done. */
  next(): string | undefined
  /** `body` is the text of the answer. */
  received(status: number, body: string): void
}

export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly perSecond: number
  readonly statuses: Readonly<Record<number, number>>
  /** Milliseconds, of the requests in the measured time. */
  readonly p50: number
  readonly p99: number
}

export interface LoadOptions {
  readonly port: number
  readonly talkers: readonly Talker[]
  readonly seconds: number
  /** Not measured. */
  readonly warmUpSeconds?: number
  /**
   * Milliseconds between the requests of one connection. Undefined: as fast as answers come, for
   * throughput. Latency is only claimed with a constant arrival rate, and is then counted from the
   * moment at which the request was due, so that waiting in our own queue is not hidden.
   */
  readonly pauseMs?: number
}

/** Talks to a server on loopback over as many connections as there are talkers. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const warmUp = options.warmUpSeconds ?? 1
  const start = performance.now() + warmUp * 1000
  const end = start + options.seconds * 1000
  const tally: Tally = { start, end, latencies: [], statuses: {} }
  await Promise.all(options.talkers.map((_, index) => converse(options, index, tally)))
  tally.latencies.sort((a, b) => a - b)
  const requests = tally.latencies.length
  return {
    requests,
    seconds: options.seconds,
    perSecond: requests / options.seconds,
    statuses: tally.statuses,
    p50: quantile(tally.latencies, 0.5),
    p99: quantile(tally.latencies, 0.99),
  }
}

interface Tally {
  readonly start: number
  readonly end: number
  readonly latencies: number[]
  readonly statuses: Record<number, number>
}

function converse(options: LoadOptions, index: number, tally: Tally): Promise<void> {
  const talker = options.talkers[index]
  // At a constant rate they take turns: all at once would be a burst in each pause.
  const offset = ((options.pauseMs ?? 0) * index) / options.talkers.length
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1')
    let due = performance.now() + offset
    const send = (): void => {
      const request = performance.now() >= tally.end ? undefined : talker?.next()
      if (request === undefined) {
        socket.destroy()
        resolve()
        return
      }
      socket.write(request)
    }
    socket.setNoDelay(true)
    socket.on('connect', () => setTimeout(send, Math.max(0, due - performance.now())))
    socket.on('error', reject)
    readAnswers(socket, (status, body) => {
      const now = performance.now()
      if (now >= tally.start && now <= tally.end) {
        tally.latencies.push(now - due)
        tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
      }
      talker?.received(status, body)
      if (options.pauseMs === undefined) {
        due = performance.now()
        send()
        return
      }
      due += options.pauseMs
      setTimeout(send, Math.max(0, due - performance.now()))
    })
  })
}

function readAnswers(socket: Socket, onAnswer: (status: number, body: string) => void): void {
  let buffer: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk])
    for (;;) {
      const headEnd = buffer.indexOf('\r\n\r\n')
      if (headEnd < 0) return
      const head = buffer.toString('latin1', 0, headEnd)
      const bodyEnd = findBodyEnd(buffer, headEnd + 4, head)
      if (bodyEnd === undefined || buffer.length < bodyEnd) return
      const body = buffer.toString('utf8', headEnd + 4, bodyEnd)
      buffer = buffer.subarray(bodyEnd)
      onAnswer(Number(head.slice(9, 12)), body)
    }
  })
}

/** A chunked body stays as it is: what is read from answers comes with Content-Length. */
function findBodyEnd(buffer: Buffer, start: number, head: string): number | undefined {
  if (!/transfer-encoding: chunked/i.test(head)) {
    return start + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
  }
  const last = buffer.indexOf('0\r\n\r\n', start)
  return last < 0 ? undefined : last + 5
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

/** A raw HTTP/1.1 request. */
export function request(
  method: 'GET' | 'POST',
  path: string,
  options: {
    readonly token?: string
    readonly cookie?: string
    readonly body?: unknown
    readonly form?: Readonly<Record<string, string>>
  } = {},
): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost']
  if (options.token !== undefined) lines.push(`Authorization: Bearer ${options.token}`)
  if (options.cookie !== undefined) lines.push(`Cookie: ${options.cookie}`)
  const [type, body] =
    options.form === undefined
      ? ['application/json', options.body === undefined ? undefined : JSON.stringify(options.body)]
      : ['application/x-www-form-urlencoded', new URLSearchParams(options.form).toString()]
  if (body === undefined) return `${lines.join('\r\n')}\r\n\r\n`
  lines.push(`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A talker that sends the same request for ever. */
export function repeat(text: string): Talker {
  return { next: () => text, received: () => undefined }
}
