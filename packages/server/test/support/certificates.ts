import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface MadeCertificate {
  readonly key: string
  readonly cert: string
  readonly x509: X509Certificate
}

export interface CertificateWishes {
  /** Lines such as `O=Bank`, in the order of the certificate. */
  readonly subject?: string
  /** `DNS:a.example,URI:…` */
  readonly names?: string
  /** Signed by it; by itself otherwise. */
  readonly by?: MadeCertificate
  readonly isAuthority?: boolean
  /** Whose time is over since yesterday. */
  readonly isExpired?: boolean
}

/** A certificate of a P-256 key, made by OpenSSL. */
export function makeCertificate(wishes: CertificateWishes = {}): MadeCertificate {
  const { subject = 'CN=client', names, by, isAuthority = false, isExpired = false } = wishes
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const path = (name: string) => join(folder, name)
  try {
    writeFileSync(path('cnf'), configuration(subject, isAuthority, names))
    const signer = ['-CA', path('ca'), '-CAkey', path('ca'), '-CAcreateserial']
    if (by !== undefined) writeFileSync(path('ca'), `${by.cert}\n${by.key}`)
    const run = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
    run('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path('key'))
    run('req', '-new', '-key', path('key'), '-config', path('cnf'), '-out', path('csr'))
    const days = isExpired ? '-1' : '2'
    const request = ['x509', '-req', '-in', path('csr'), '-days', days, '-out', path('cert')]
    const extensions = ['-extfile', path('cnf'), '-extensions', 'ext']
    run(...request, ...(by === undefined ? ['-signkey', path('key')] : signer), ...extensions)
    const cert = readFileSync(path('cert'), 'utf8')
    return { key: readFileSync(path('key'), 'utf8'), cert, x509: new X509Certificate(cert) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function configuration(subject: string, isAuthority: boolean, names: string | undefined): string {
  return [
    '[req]\ndistinguished_name=dn\nprompt=no\nutf8=yes\n[dn]',
    subject,
    '[ext]',
    `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`,
    ...(names === undefined ? [] : [`subjectAltName=${names}`]),
  ].join('\n')
}
