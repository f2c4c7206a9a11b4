import { optional, secret } from './setting.ts'
import { checkedText, isOrigin, secretPem } from './setting-types.ts'

const origin = checkedText('an origin such as `https://mtls.example.com`', isOrigin)

/** TLS that ends in this process, and certificates of clients (RFC 8705). */
export const tlsSettings = {
  'tls.certificate': secret(
    'COUNTERSIGN_TLS_CERTIFICATE',
    secretPem('CERTIFICATE'),
    'Certificate of the public port with its chain; with the key, the server speaks https itself.',
  ),
  'tls.key': secret(
    'COUNTERSIGN_TLS_KEY',
    secretPem('PRIVATE KEY'),
    'Private key of that certificate.',
  ),
  'tls.clientCa': secret(
    'COUNTERSIGN_TLS_CLIENT_CA',
    secretPem('CERTIFICATE'),
    'Authorities whose certificates identify OAuth clients (`tls_client_auth`) at our own TLS.',
  ),
  'tls.mtlsBaseUrl': optional(
    'COUNTERSIGN_MTLS_BASE_URL',
    origin,
    'Origin that asks clients for certificates; discovery tells it as `mtls_endpoint_aliases`.',
    'the base URL',
  ),
} as const
