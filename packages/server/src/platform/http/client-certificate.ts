import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

/** The certificate whose key the peer of a request has proven to hold. */
export interface ClientCertificate {
  readonly x509: X509Certificate
  /** Whether it leads to an authority that the operator chose for clients. */
  readonly isVerified: boolean
}

export interface CertificateSource {
  /** Whether the peer is a proxy whose headers are believed. */
  readonly isProxy: boolean
  /** Whether our own TLS has authorities for clients. */
  readonly hasClientCa: boolean
}

/**
 * Reads it from the handshake with us, or from what a trusted proxy tells of its own handshake:
 * `Client-Cert` (RFC 9440), and `X-SSL-Client-Verify: SUCCESS` if the proxy verified the chain.
 *
 * SECURITY: the headers of anyone but a trusted proxy are nothing (RFC 9440 §4), and the certificate
 * that the proxy itself shows us is the proxy's: it stands for no client.
 */
export function readClientCertificate(
  request: IncomingMessage,
  { isProxy, hasClientCa }: CertificateSource,
): ClientCertificate | undefined {
  if (isProxy) return fromHeaders(request)
  const { socket } = request
  if (!(socket instanceof TLSSocket)) return undefined
  const x509 = socket.getPeerX509Certificate()
  // Without authorities of its own the TLS stack takes those of the public web: they vouch for names
  // of servers, and anybody gets one.
  return x509 === undefined ? undefined : { x509, isVerified: hasClientCa && socket.authorized }
}

function fromHeaders({ headers }: IncomingMessage): ClientCertificate | undefined {
  const header = headers['client-cert']
  // RFC 9440 §2.2: a byte sequence of structured fields, `:base64:`.
  const [, encoded] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(String(header)) ?? []
  if (encoded === undefined) return undefined
  try {
    const x509 = new X509Certificate(Buffer.from(encoded, 'base64'))
    return { x509, isVerified: headers['x-ssl-client-verify'] === 'SUCCESS' }
  } catch {
    // What is no certificate proves nothing.
    return undefined
  }
}
