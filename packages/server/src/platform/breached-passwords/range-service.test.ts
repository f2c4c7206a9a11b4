import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { hours, minutes, Secret } from '../../kernel/index.ts'
import { createEgress } from '../egress/index.ts'
import { createRangeService } from './index.ts'

/** A service with the range API that knows what the test tells it, and remembers what it saw. */
const seen: { url: string; headers: IncomingHttpHeaders }[] = []
let answer: (prefix: string, response: ServerResponse) => void
const server = createServer((request, response) => {
  seen.push({ url: request.url ?? '', headers: request.headers })
  answer((request.url ?? '').slice('/range/'.length), response)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
const restOf = (text: string) => sha1(text).slice(5)
const OTHER = '0'.repeat(35)
const password = new Secret('plinth-ochre-tandem')

function open(clock = new FakeClock()) {
  const service = createRangeService({
    egress: createEgress({ allowPrivate: true }),
    clock,
    url,
  })
  return {
    clock,
    isBreached: (text: string = password.reveal()) => service.isBreached(new Secret(text)),
  }
}

function answerWith(...lines: string[]): void {
  answer = (_, response) => response.end(lines.join('\r\n'))
}

describe('range service', () => {
  beforeEach(() => {
    seen.length = 0
    answerWith(`${OTHER}:3`)
  })

  it('finds a password in its range, first, last, or alone', async () => {
    const line = `${restOf(password.reveal())}:12`

    for (const lines of [
      [line, `${OTHER}:3`],
      [`${OTHER}:3`, line],
      [line],
      [line.toLowerCase()],
    ]) {
      answerWith(...lines)
      expect(await open().isBreached()).toBe(true)
    }
    answerWith(`${OTHER}:3`)
    expect(await open().isBreached()).toBe(false)
  })

  it('asks for the first five digits and padding, and never tells more', async () => {
    await open().isBreached()

    expect(seen.map((request) => request.url)).toEqual([
      `/range/${sha1(password.reveal()).slice(0, 5)}`,
    ])
    expect(seen[0]?.headers['add-padding']).toBe('true')
    const told = JSON.stringify(seen).toUpperCase()
    expect(told).not.toContain(sha1(password.reveal()).slice(0, 6))
    expect(told).not.toContain(restOf(password.reveal()))
    expect(told).not.toContain('PLINTH')
  })

  it('takes a line with the count 0 for padding', async () => {
    answerWith(`${restOf(password.reveal())}:0`, `${OTHER}:3`)

    expect(await open().isBreached()).toBe(false)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['an error', (response) => response.writeHead(503).end(`${OTHER}:3`)],
    ['a page', (response) => response.end('<html>Sign in to the network</html>')],
    ['nothing', (response) => response.end()],
    ['lines of another form among its own', (response) => response.end(`${OTHER}:3\r\nfoo:1`)],
    ['a redirect', (response) => response.writeHead(301, { location: '/' }).end()],
    ['more than it can have', (response) => response.end(`${OTHER}:3\r\n`.repeat(10_000))],
    ['a broken connection', (response) => response.destroy()],
  ])('can not tell when the service answers with %s', async (_, respond) => {
    answer = (_prefix, response) => respond(response)

    await expect(open().isBreached()).rejects.toThrow()
  })

  it('can not tell when the service takes more than a second and a half', async () => {
    answer = () => undefined
    const begun = performance.now()

    await expect(open().isBreached()).rejects.toMatchObject({ failure: 'timeout' })
    expect(performance.now() - begun).toBeLessThan(5000)
  })

  it('keeps a range for a day', async () => {
    const { isBreached, clock } = open()

    await isBreached()
    clock.advance(hours(23))
    await isBreached()
    expect(seen).toHaveLength(1)
    clock.advance(minutes(61))
    await isBreached()
    expect(seen).toHaveLength(2)
  })

  it('keeps no failure', async () => {
    const { isBreached } = open()
    answer = (_, response) => response.writeHead(500).end()
    await expect(isBreached()).rejects.toThrow()

    answerWith(`${restOf(password.reveal())}:1`)

    expect(await isBreached()).toBe(true)
  })

  it('asks once for 50 that want the same range at the same time', async () => {
    const { isBreached } = open()
    answerWith(`${restOf(password.reveal())}:1`)

    const answers = await Promise.all(Array.from({ length: 50 }, () => isBreached()))

    expect(answers.every(Boolean)).toBe(true)
    expect(seen).toHaveLength(1)
  })

  it('does not take one range for another', async () => {
    const { isBreached } = open()
    expect(await isBreached()).toBe(false)

    answerWith(`${restOf('another one')}:1`)

    expect(await isBreached('another one')).toBe(true)
  })
})
