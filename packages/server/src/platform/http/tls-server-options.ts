import type { SecureContextOptions, TlsOptions as NodeTlsOptions } from 'node:tls'
import type { Secret } from '../../kernel/index.ts'

/** PEM. */
export interface TlsOptions {
  readonly certificate: Secret<string>
  readonly key: Secret<string>
  /** undefined: certificates of clients are looked at, none is verified. */
  readonly clientCa: Secret<string> | undefined
}

/**
 * Every client is asked for a certificate, and none is turned away for lack of one: who needs which
 * certificate is judged where clients are known, by `readClientCertificate`.
 */
export function tlsServerOptions(tls: TlsOptions): NodeTlsOptions & SecureContextOptions {
  return {
    cert: tls.certificate.reveal(),
    key: tls.key.reveal(),
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa.reveal() }),
    minVersion: 'TLSv1.2',
    // A handshake that is not done by then holds a socket for nothing.
    handshakeTimeout: 10_000,
    requestCert: true,
    rejectUnauthorized: false,
  }
}
