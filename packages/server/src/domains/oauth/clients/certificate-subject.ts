import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { parseDistinguishedName } from './distinguished-name.ts'

/** The members of RFC 8705 §2.1.2 by which a client names its certificate. */
export const SUBJECT_MEMBERS = [
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
] as const
export type SubjectMember = (typeof SUBJECT_MEMBERS)[number]

/** True for a value that a certificate can have. */
export function isCertificateSubject(member: SubjectMember, value: string): boolean {
  switch (member) {
    case 'tls_client_auth_subject_dn':
      return parseDistinguishedName(value) !== undefined
    case 'tls_client_auth_san_dns':
      return /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(value)
    case 'tls_client_auth_san_uri':
      return URL.canParse(value)
    case 'tls_client_auth_san_ip':
      return isIP(value) !== 0
    case 'tls_client_auth_san_email':
      return /^[^\s@]+@[^\s@]+$/.test(value)
  }
}

/**
 * Whether the certificate has that name. Wildcards stand for nothing: a client is one client.
 * @see RFC 8705 §2.1.2, RFC 5280 §4.2.1.6
 */
export function isCertificateOf(
  certificate: Pick<X509Certificate, 'subject' | 'subjectAltName'>,
  member: SubjectMember,
  expected: string,
): boolean {
  if (member === 'tls_client_auth_subject_dn') {
    // Node writes the subject as RFC 4514 does, but in the order of the certificate, by lines.
    const lines = (certificate.subject ?? '').split('\n').map((line) => line.replaceAll(' + ', '+'))
    const wanted = parseDistinguishedName(expected)
    const subject = parseDistinguishedName(lines.reverse().join(','))
    return wanted !== undefined && JSON.stringify(subject) === JSON.stringify(wanted)
  }
  const { prefix, normalize } = ALTERNATIVE_NAMES[member]
  const wanted = normalize(expected)
  return splitNames(certificate.subjectAltName ?? '').some(
    (name) => name.startsWith(prefix) && normalize(textOf(name.slice(prefix.length))) === wanted,
  )
}

/** Attack: a comma inside a quoted name, followed by what looks like a name of its own. */
function splitNames(text: string): string[] {
  return text.match(/[A-Za-z ]+:(?:"(?:[^"\\]|\\.)*"|[^",]*)(?=, |$)/g)?.map((n) => n.trim()) ?? []
}

/** Node quotes as JSON what would otherwise be ambiguous. */
function textOf(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    // A name that can't be read is nobody's.
    return ''
  }
}

/** RFC 8705 §2.1.2: addresses are compared as such, whatever form they are written in. */
function normalizeAddress(text: string): string {
  return isIP(text) === 6 ? new URL(`http://[${text}]`).hostname : text
}

const asWritten = (text: string) => text
const ALTERNATIVE_NAMES = {
  tls_client_auth_san_dns: { prefix: 'DNS:', normalize: (text: string) => text.toLowerCase() },
  tls_client_auth_san_uri: { prefix: 'URI:', normalize: asWritten },
  tls_client_auth_san_ip: { prefix: 'IP Address:', normalize: normalizeAddress },
  tls_client_auth_san_email: { prefix: 'email:', normalize: asWritten },
} as const
