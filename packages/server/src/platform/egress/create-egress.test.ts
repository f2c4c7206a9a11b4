import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, describe, expect, it } from 'vitest'
import { createEgress, EgressError } from './index.ts'

const limits = { timeoutMs: 2000, maxBytes: 100 }
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function listen(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const serve = (handler: RequestListener) => listen(createServer(handler))

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof EgressError)) throw new Error('expected an EgressError')
  return error.failure
}

describe('egress', () => {
  const toLoopback = async () => ['127.0.0.1']
  const local = createEgress({ resolve: toLoopback, allowPrivate: true })
  const closed = createEgress({ resolve: toLoopback })

  it('answers with status, headers and body, and sends the headers that it was given', async () => {
    const port = await serve((request, response) => {
      response.writeHead(404, { 'x-answer': 'yes' }).end(String(request.headers['add-padding']))
    })

    const answer = await local.get(`http://some.test:${port}/a`, {
      ...limits,
      headers: { 'Add-Padding': 'true' },
    })

    expect(answer).toMatchObject({ status: 404, headers: { 'x-answer': 'yes' } })
    expect(answer.body.toString()).toBe('true')
  })

  it.each([
    'http://some.test/',
    'ftp://some.test/',
    'file:///etc/passwd',
    'https://user@some.test/',
    'https://:password@some.test/',
    'no url',
  ])('refuses the URL %s', async (url) => {
    expect(await failureOf(closed.get(url, limits))).toBe('url_refused')
  })

  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
  ])('refuses the address in %s, whatever a resolver says of it', async (url) => {
    const egress = createEgress({ resolve: async () => ['1.1.1.1'] })

    expect(await failureOf(egress.get(url, limits))).toBe('address_refused')
  })

  it('refuses a host if one of its addresses is private, without any connection', async () => {
    let connections = 0
    const server = createServer()
    server.on('connection', () => (connections += 1))
    const port = await listen(server)
    const egress = createEgress({ resolve: async () => ['1.1.1.1', '127.0.0.1'] })

    expect(await failureOf(egress.get(`https://some.test:${port}/`, limits))).toBe(
      'address_refused',
    )
    expect(connections).toBe(0)
  })

  it('goes without TLS to this machine only, even where private addresses are allowed', async () => {
    const egress = createEgress({ resolve: async () => ['10.0.0.1'], allowPrivate: true })

    expect(await failureOf(egress.get('http://some.test/', limits))).toBe('address_refused')
  })

  it('resolves a name once, so that it can not change between check and use', async () => {
    const port = await serve((_, response) => response.end('first'))
    let asked = 0
    const egress = createEgress({
      resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']),
      allowPrivate: true,
    })

    const answer = await egress.get(`http://some.test:${port}/`, limits)

    expect([answer.body.toString(), asked]).toEqual(['first', 1])
  })

  it('follows no redirect', async () => {
    let reached = 0
    const port = await serve((request, response) => {
      if (request.url === '/target') reached += 1
      response.writeHead(302, { location: '/target' }).end()
    })

    expect(await failureOf(local.get(`http://some.test:${port}/`, limits))).toBe('redirect_refused')
    expect(reached).toBe(0)
  })

  it('stops at the largest body', async () => {
    const port = await serve((request, response) => {
      response.end('x'.repeat(request.url === '/fits' ? 100 : 101))
    })

    expect((await local.get(`http://some.test:${port}/fits`, limits)).body).toHaveLength(100)
    expect(await failureOf(local.get(`http://some.test:${port}/`, limits))).toBe('too_large')
  })

  it.each([
    ['connects and says nothing', () => undefined],
    ['begins and does not end', (_, response) => response.write('x')],
  ] as [string, RequestListener][])('gives up on a server that %s', async (_, handler) => {
    const port = await serve(handler)
    const request = local.get(`http://some.test:${port}/`, { ...limits, timeoutMs: 100 })

    expect(await failureOf(request)).toBe('timeout')
  })

  it('gives up on a resolver that does not answer', async () => {
    const egress = createEgress({ resolve: () => new Promise(() => undefined) })

    expect(await failureOf(egress.get('https://some.test/', { ...limits, timeoutMs: 100 }))).toBe(
      'timeout',
    )
  })

  it('reports a connection that breaks in the middle as no answer', async () => {
    const port = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '50' })
      response.write('half', () => response.destroy())
    })

    expect(await failureOf(local.get(`http://some.test:${port}/`, limits))).toBe('unreachable')
  })

  it('reports a host without addresses', async () => {
    const egress = createEgress({ resolve: async () => [] })

    expect(await failureOf(egress.get('https://some.test/', limits))).toBe('unreachable')
  })

  it('says nothing of path and query in its error', async () => {
    const error: unknown = await closed.get('https://127.0.0.1/a?token=b', limits).catch((e) => e)

    expect(String(error)).not.toMatch(/token|\/a/)
  })
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe.skipIf(!hasOpenssl)('egress with TLS', () => {
  it('checks the certificate against the name, though it connects to an address', async () => {
    const { key, cert } = makeCertificate('mirror.test')
    const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end('tls')))
    const egress = createEgress({ resolve: async () => ['127.0.0.1'], allowPrivate: true })
    const get = (host: string) => egress.get(`https://${host}:${port}/`, limits)
    const before = getCACertificates('default')

    expect(await failureOf(get('mirror.test'))).toBe('unreachable')
    setDefaultCACertificates([...before, cert])
    try {
      expect((await get('mirror.test')).body.toString()).toBe('tls')
      expect(await failureOf(get('other.test'))).toBe('unreachable')
    } finally {
      setDefaultCACertificates(before)
    }
  })
})

function makeCertificate(host: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const output = ['-keyout', key, '-out', cert]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  spawnSync('openssl', [...made, '-nodes', '-days', '2', ...subject, ...output])
  try {
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
