import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** Threat: bytes that a client library would never send, over a real socket. */
let world: World
let acme: Tenant
let port: number

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  // The first look makes the keys. Who has hung up, as `send` does, is not waited for that long.
  await world.app.http.inject(`/t/${acme.slug}/jwks.json`)
  await world.app.http.listen({ host: '127.0.0.1', port: 0 })
  port = (world.app.http.server.address() as AddressInfo).port
})
afterAll(() => world.close())

/** Sends the text as it stands and returns all that comes back until the server closes. */
async function send(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.end(text, 'latin1')
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

function request(target: string, headers: readonly string[] = [], body = ''): string {
  const method = body === '' ? 'GET' : 'POST'
  const all = ['Host: localhost', 'Connection: close', ...headers]
  return `${method} ${target} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`
}

it('answers a plain request, so that the refusals below mean something', async () => {
  expect(statusOf(await send(request(`/t/${acme.slug}/jwks.json`)))).toBe(200)
})

describe('a target that is no path of ours', () => {
  it.each([
    '/t/acme/../globex/jwks.json',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/t/%2e%2e/jwks.json',
    '/t/..%2f..%2fetc/jwks.json',
    'http://evil.test/t/acme/jwks.json',
    '//evil.test/jwks.json',
    '/t/%E0%A4%A/jwks.json',
    '/t/%00/jwks.json',
    '/%',
    '/t/acme;x=1/jwks.json',
    '*',
    `/t/${'a'.repeat(5_000)}/jwks.json`,
  ])('%s is 400 or 404', async (target) => {
    expect([400, 404]).toContain(statusOf(await send(request(target))))
  })

  it('is answered with the security headers and a request id all the same', async () => {
    const answer = await send(request('/t/%E0%A4%A/jwks.json'))

    expect(answer).toMatch(/content-type: application\/problem\+json/i)
    expect(answer).toMatch(/x-content-type-options: nosniff/i)
    expect(answer).toMatch(/content-security-policy: default-src 'none'/i)
    expect(answer).toMatch(/x-request-id: req_/i)
  })
})

describe('a request that is no HTTP', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc'],
    ['a version that is none', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['a line break in a header', request('/', ['X-A: a\rB: c'])],
    ['a NUL in a header', request('/', ['X-A: a\0b'])],
    ['a space before the colon', request('/', ['X-A : b'])],
    ['no host', 'GET /t/acme/jwks.json HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a length that is no number', request('/', ['Content-Length: x'], '{}')],
    ['a negative length', request('/', ['Content-Length: -1'], '{}')],
    ['two lengths', request('/', ['Content-Length: 2', 'Content-Length: 3'], '{}')],
  ])('with %s is 400', async (_, text) => {
    expect(statusOf(await send(text))).toBe(400)
  })

  it('with both a length and chunks is refused (request smuggling, RFC 9112 §6.1)', async () => {
    const smuggled = 'GET /t/system/api/system/tenants HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const headers = [`Content-Length: ${smuggled.length + 5}`, 'Transfer-Encoding: chunked']

    const answer = await send(request('/', headers, `0\r\n\r\n${smuggled}`))

    expect(statusOf(answer)).toBe(400)
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  it('with headers of more than 16 KiB is 431', async () => {
    const answer = await send(request('/', [`X-A: ${'a'.repeat(20_000)}`]))

    expect(statusOf(answer)).toBe(431)
  })

  it('with ten thousand headers is 431', async () => {
    const headers = Array.from({ length: 10_000 }, (_, count) => `X-${count}: a`)

    expect(statusOf(await send(request('/', headers)))).toBe(431)
  })

  it('with a chunked body beyond 64 KiB is 413', async () => {
    const chunk = 'x'.repeat(70_000)
    const headers = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
    const body = `${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`

    const answer = await send(request(`/t/${acme.slug}/api/auth/login`, headers, body))

    expect(statusOf(answer)).toBe(413)
  })
})

describe('a method that no route has', () => {
  it.each(['TRACE', 'OPTIONS', 'PUT', 'PROPFIND', 'CONNECT'])('%s is refused', async (method) => {
    const text = request(`/t/${acme.slug}/jwks.json`).replace('GET', method)

    const status = statusOf(await send(text))

    expect(Number.isNaN(status) || (status >= 400 && status < 500)).toBe(true)
  })
})

it('serves on as if nothing had been', async () => {
  expect(statusOf(await send(request(`/t/${acme.slug}/jwks.json`)))).toBe(200)
  expect(world.logLines.filter((line) => line.includes('"http.failed"'))).toEqual([])
})
