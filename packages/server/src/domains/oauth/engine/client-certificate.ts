import { X509Certificate } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * The certificate that the client proved to hold: in the handshake with us, or in the one with the
 * proxy in front, which tells it by the header of RFC 9440. Whose header is believed was decided
 * before: from anyone but a trusted proxy it never gets here.
 */
export function findClientCertificate(ctx: KoaContextWithOIDC): X509Certificate | undefined {
  const { socket } = ctx.req
  if (socket instanceof TLSSocket) {
    const direct = socket.getPeerX509Certificate()
    if (direct !== undefined) return direct
  }
  // RFC 9440 §2.2: a byte sequence of structured fields, `:base64:`.
  const [, encoded] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(ctx.get('client-cert')) ?? []
  if (encoded === undefined) return undefined
  try {
    return new X509Certificate(Buffer.from(encoded, 'base64'))
  } catch {
    // What is no certificate proves nothing.
    return undefined
  }
}
