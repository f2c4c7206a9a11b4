import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface TlsProxy {
  readonly origin: string
  stop(): Promise<void>
}

/** What stands in front of a client in production: it ends TLS, here with a certificate of its own. */
export async function startTlsProxy(port: number): Promise<TlsProxy> {
  const pem = makeCertificate()
  const server = createServer({ key: pem, cert: pem }, (incoming, outgoing) => {
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Key and certificate, one after the other. */
function makeCertificate(): string {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const output = ['-days', '2', '-keyout', '-', '-out', '-']
  const made = spawnSync('openssl', ['req', '-x509', ...key, ...subject, ...output])
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`)
  return String(made.stdout)
}
