import '@simplewebauthn/server'
import { webcrypto, X509Certificate } from 'node:crypto'
import {
  BasicConstraintsExtension,
  type Extension,
  Extension as RawExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** A certificate with its key: of a maker, of one of its models, or of who signs metadata. */
export interface Issued {
  readonly der: Buffer
  readonly certificate: X509Certificate
  readonly pem: string
  readonly keys: webcrypto.CryptoKeyPair
  readonly name: string
}

export interface CertificateOptions {
  readonly name?: string
  /** Default: it signs itself. */
  readonly issuer?: Issued
  readonly isAuthority?: boolean
  readonly pathLength?: number
  readonly host?: string
  /** `id-fido-gen-ce-aaguid`. */
  readonly aaguid?: string
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** Valid by the fake clock and by the one of this machine, unless it is told otherwise. */
export async function issueCertificate(options: CertificateOptions = {}): Promise<Issued> {
  const { issuer, isAuthority = issuer === undefined } = options
  const name = options.name ?? `C=CH, O=Test, OU=Authenticator Attestation, CN=${(made += 1)}`
  const keys = await webcrypto.subtle.generateKey(EC_KEY, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    serialNumber: String(1000 + made),
    subject: name,
    issuer: issuer?.name ?? name,
    notBefore: options.notBefore ?? new Date('2020-01-01T00:00:00Z'),
    notAfter: options.notAfter ?? new Date('2049-01-01T00:00:00Z'),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    extensions: extensionsOf({ ...options, isAuthority }),
  })
  const der = Buffer.from(certificate.rawData)
  return {
    der,
    certificate: new X509Certificate(der),
    pem: certificate.toString('pem'),
    keys,
    name,
  }
}

function extensionsOf({ isAuthority = false, pathLength, host, aaguid }: CertificateOptions) {
  const extensions: Extension[] = [new BasicConstraintsExtension(isAuthority, pathLength, true)]
  if (isAuthority) extensions.push(new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true))
  if (host !== undefined) {
    extensions.push(new SubjectAlternativeNameExtension([{ type: 'dns', value: host }]))
  }
  if (aaguid !== undefined) {
    const bytes = Buffer.from(aaguid.replaceAll('-', ''), 'hex')
    // An OCTET STRING of 16 bytes, inside the one of the extension.
    const value = Uint8Array.from([0x04, 0x10, ...bytes])
    extensions.push(new RawExtension('1.3.6.1.4.1.45724.1.1.4', false, value))
  }
  return extensions
}

export interface BlobEntry {
  readonly aaguid?: string
  readonly roots?: readonly Issued[]
  readonly statuses?: readonly string[]
}

export interface BlobOptions {
  /** Leaf first. */
  readonly path: readonly Issued[]
  readonly entries: readonly BlobEntry[]
  readonly nextUpdate?: string
  readonly header?: object
}

/** A BLOB as the FIDO Metadata Service makes it. */
export async function signMetadataBlob(options: BlobOptions): Promise<string> {
  const { path, entries, nextUpdate = '2026-04-01' } = options
  const x5c = path.map(({ der }) => der.toString('base64'))
  const header = { alg: 'ES256', typ: 'JWT', x5c, ...options.header }
  const payload = {
    legalHeader: 'For tests only.',
    no: 7,
    nextUpdate,
    entries: entries.map(({ aaguid, roots = [], statuses = ['FIDO_CERTIFIED_L1'] }) => ({
      aaguid,
      timeOfLastStatusChange: '2026-01-01',
      statusReports: statuses.map((status) => ({ status, effectiveDate: '2026-01-01' })),
      metadataStatement: {
        description: 'A key',
        attestationRootCertificates: roots.map(({ der }) => der.toString('base64')),
      },
    })),
  }
  const data = `${encode(header)}.${encode(payload)}`
  const key = path[0]?.keys.privateKey
  if (key === undefined) throw new Error('nobody signs')
  const signed = await webcrypto.subtle.sign(ES256, key, Buffer.from(data))
  return `${data}.${Buffer.from(signed).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

let made = 0
const EC_KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const
