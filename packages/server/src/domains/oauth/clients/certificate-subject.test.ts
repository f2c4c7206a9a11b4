import { describe, expect, it } from 'vitest'
import { isCertificateOf, isCertificateSubject } from './certificate-subject.ts'

/** As Node prints certificates that OpenSSL made. */
const certificate = {
  subject: 'C=DE\nO=Bank\\, A \\+ B\nCN=b + OU=a\nUID=u1\nemailAddress=a@b.example',
  subjectAltName:
    'DNS:client.example, URI:"https://a.example/x\\u002cy", IP Address:0:0:0:0:0:0:0:1, ' +
    'IP Address:10.0.0.1, email:a@b.example, DNS:"x\\u002c DNS:evil.example", DNS:*.wild.example',
} as const

describe('RFC 8705 §2.1.2', () => {
  it.each([
    'emailAddress=a@b.example,UID=u1,CN=b+OU=a,O=Bank\\, A \\+ B,C=DE',
    '1.2.840.113549.1.9.1=a@b.example, uid=u1, OU=a+CN=b, O=Bank\\2C A \\2B B, C=DE',
  ])('takes the subject %s', (name) => {
    expect(isCertificateOf(certificate, 'tls_client_auth_subject_dn', name)).toBe(true)
  })

  it.each([
    'C=DE,O=Bank\\, A \\+ B,CN=b+OU=a,UID=u1,emailAddress=a@b.example',
    'UID=u1,CN=b+OU=a,O=Bank\\, A \\+ B,C=DE',
    'emailAddress=a@b.example,UID=u2,CN=b+OU=a,O=Bank\\, A \\+ B,C=DE',
    'emailAddress=a@b.example,UID=u1,CN=b,OU=a,O=Bank\\, A \\+ B,C=DE',
    'emailAddress=a@b.example',
  ])('does not take the subject for %s', (name) => {
    expect(isCertificateOf(certificate, 'tls_client_auth_subject_dn', name)).toBe(false)
  })

  it.each([
    ['tls_client_auth_san_dns', 'CLIENT.example'],
    ['tls_client_auth_san_uri', 'https://a.example/x,y'],
    ['tls_client_auth_san_ip', '::1'],
    ['tls_client_auth_san_ip', '10.0.0.1'],
    ['tls_client_auth_san_email', 'a@b.example'],
  ] as const)('finds %s %s', (member, value) => {
    expect(isCertificateOf(certificate, member, value)).toBe(true)
  })

  it.each([
    ['tls_client_auth_san_dns', 'evil.example'],
    ['tls_client_auth_san_dns', 'one.wild.example'],
    ['tls_client_auth_san_dns', 'a@b.example'],
    ['tls_client_auth_san_uri', 'https://a.example/x'],
    ['tls_client_auth_san_ip', '10.0.0.10'],
    ['tls_client_auth_san_email', 'A@b.example'],
  ] as const)('does not find %s %s', (member, value) => {
    expect(isCertificateOf(certificate, member, value)).toBe(false)
  })

  it('finds nothing in a certificate without names', () => {
    const empty = { subject: '', subjectAltName: undefined }

    expect(isCertificateOf(empty, 'tls_client_auth_subject_dn', 'CN=a')).toBe(false)
    expect(isCertificateOf(empty, 'tls_client_auth_san_dns', 'a')).toBe(false)
  })

  it.each([
    ['tls_client_auth_subject_dn', ''],
    ['tls_client_auth_subject_dn', 'CN=#0c0161'],
    ['tls_client_auth_subject_dn', 'CN=a,,C=DE'],
    ['tls_client_auth_san_dns', '*.wild.example'],
    ['tls_client_auth_san_uri', 'no uri'],
    ['tls_client_auth_san_ip', '10.0.0'],
    ['tls_client_auth_san_email', 'nobody'],
  ] as const)('registers no %s `%s`', (member, value) => {
    expect(isCertificateSubject(member, value)).toBe(false)
  })
})
