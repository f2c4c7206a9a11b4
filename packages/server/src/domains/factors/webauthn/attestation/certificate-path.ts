import { X509Certificate } from 'node:crypto'
import { getCertificateInfo } from '@simplewebauthn/server/helpers'

/**
 * Whether a path of certificates, leaf first, ends in one of the roots. Each member must be valid
 * now and issued by the next one, which must be a certification authority that allows a path of this
 * length. A member that is itself a root ends the path: metadata may name single attestation
 * certificates. Revocation lists are not fetched: what the path names comes from the caller.
 * @param path DER; nothing in it was verified
 * @see RFC 5280 §6.1; WebAuthn L3 §7.1 step 24
 */
export function endsInTrustedRoot(
  path: readonly Uint8Array[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  if (path.length > LONGEST_PATH) return false
  const valid = roots.filter((root) => isValidAt(root, now))
  try {
    return leadsTo(
      path.map((der) => new X509Certificate(der)),
      valid,
      now,
    )
  } catch {
    // A member that is no certificate, or has a key that nothing can be verified with.
    return false
  }
}

function leadsTo(
  path: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  for (const [index, certificate] of path.entries()) {
    if (!isValidAt(certificate, now)) return false
    if (roots.some(({ raw }) => raw.equals(certificate.raw))) return true
    if (roots.some((root) => isIssuedBy(certificate, root, index))) return true
    const next = path[index + 1]
    if (next === undefined || !isIssuedBy(certificate, next, index)) return false
  }
  return false
}

function isValidAt({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return validFromDate <= now && now <= validToDate
}

/** @param authoritiesBelow how many authorities stand between the leaf and `issuer` */
function isIssuedBy(
  certificate: X509Certificate,
  issuer: X509Certificate,
  authoritiesBelow: number,
): boolean {
  // RFC 5280 §4.2.1.9. Attack: the key of an authenticator signs certificates for another one.
  if (!issuer.ca || pathLengthOf(issuer) < authoritiesBelow) return false
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

/** RFC 5280 §4.2.1.9: `SEQUENCE { BOOLEAN, INTEGER }`, where the number is the last and optional. */
function pathLengthOf({ raw }: X509Certificate): number {
  const { tbsCertificate } = getCertificateInfo(Uint8Array.from(raw)).parsedCertificate
  const constraints = tbsCertificate.extensions?.find(({ extnID }) => extnID === BASIC_CONSTRAINTS)
  const [tag, length, value] = Buffer.from(
    constraints?.extnValue.buffer ?? new ArrayBuffer(),
  ).subarray(-3)
  const isOneByte = tag === DER_INTEGER && length === 1
  return isOneByte && value !== undefined ? value : LONGEST_PATH
}

const LONGEST_PATH = 8
const BASIC_CONSTRAINTS = '2.5.29.19'
const DER_INTEGER = 0x02
