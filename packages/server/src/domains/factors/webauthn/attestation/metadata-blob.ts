import { verify, X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { addDuration, days } from '../../../../kernel/index.ts'
import { endsInTrustedRoot } from './certificate-path.ts'

/** Why a file is no metadata that can be believed. */
export class MetadataError extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'MetadataError'
  }
}

/** What the FIDO Alliance publishes about one model of authenticators. */
export interface AuthenticatorEntry {
  readonly roots: readonly X509Certificate[]
  /** It was revoked, or a weakness of it is known. */
  readonly isCompromised: boolean
}

export interface AuthenticatorMetadata {
  /** From then on a newer file must be there. */
  readonly outdatedAt: Date
  /** @param aaguid in lower case */
  find(aaguid: string): AuthenticatorEntry | undefined
}

/**
 * Verifies and reads a BLOB of the FIDO Metadata Service. One that is outdated is read too: what it
 * says against a model stays true.
 * @param text the JWS in compact form, as the service delivers it
 * @param roots where the path of its signer must end
 * @throws MetadataError
 * @see FIDO Metadata Service v3.1 §3.2
 */
export function parseMetadataBlob(
  text: string,
  roots: readonly X509Certificate[],
  now: Date,
): AuthenticatorMetadata {
  const [header = '', payload = '', signature = '', ...rest] = text.trim().split('.')
  if (signature === '' || rest.length > 0) throw new MetadataError('it is no signed metadata BLOB')
  const { alg, x5c } = parseSegment(header, headerSchema)
  const path = x5c.map((der) => Buffer.from(der, 'base64'))
  if (!endsInTrustedRoot(path, roots, now)) {
    throw new MetadataError('the certificates of its signer do not end in a trusted root')
  }
  const signer = new X509Certificate(path[0] ?? Buffer.alloc(0))
  // Attack: the root of the service issues certificates to many others, who could sign a BLOB too.
  if (signer.checkHost(SIGNER_HOST) === undefined) {
    throw new MetadataError(`its signer is not \`${SIGNER_HOST}\``)
  }
  if (!isSignedBy(signer, alg, `${header}.${payload}`, Buffer.from(signature, 'base64url'))) {
    throw new MetadataError('its signature is not right')
  }
  const { nextUpdate, entries } = parseSegment(payload, payloadSchema)
  const known = byAaguid(entries)
  return {
    // The whole day counts: the date says no time, and no zone.
    outdatedAt: addDuration(new Date(`${nextUpdate}T00:00:00Z`), days(1)),
    find: (aaguid) => known.get(aaguid),
  }
}

/** RFC 8725 §3.1: the algorithm is the one of the key, whatever else the header says. */
function isSignedBy(
  { publicKey }: X509Certificate,
  alg: 'RS256' | 'ES256',
  data: string,
  signature: Buffer,
): boolean {
  if (publicKey.asymmetricKeyType !== (alg === 'RS256' ? 'rsa' : 'ec')) return false
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(data), key, signature)
}

function parseSegment<T>(segment: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(segment, 'base64url').toString()))
  } catch (error) {
    throw new MetadataError('it is no metadata BLOB of version 3', error)
  }
}

function byAaguid(entries: readonly Entry[]): ReadonlyMap<string, AuthenticatorEntry> {
  const known = new Map<string, AuthenticatorEntry>()
  for (const { aaguid, metadataStatement, statusReports } of entries) {
    if (aaguid === undefined) continue
    const { roots = [], isCompromised = false } = known.get(aaguid) ?? {}
    known.set(aaguid, {
      roots: [...roots, ...(metadataStatement?.attestationRootCertificates ?? []).flatMap(toRoot)],
      // Any of them counts, whatever was reported later: a report does not say of which devices.
      isCompromised: isCompromised || statusReports.some(({ status }) => BAD_STATUS.has(status)),
    })
  }
  return known
}

/** NOTE: some statements name roots that are malformed; they end no path. */
function toRoot(der: string): readonly X509Certificate[] {
  try {
    return [new X509Certificate(Buffer.from(der, 'base64'))]
  } catch {
    return []
  }
}

const headerSchema = z.object({
  alg: z.enum(['RS256', 'ES256']),
  x5c: z.array(z.base64()).min(1),
  // RFC 7515 §4.1.11: we know no extension, so none may be critical.
  crit: z.undefined().optional(),
})

const payloadSchema = z.object({
  nextUpdate: z.iso.date(),
  entries: z.array(
    z.object({
      aaguid: z.guid().toLowerCase().optional(),
      metadataStatement: z
        .object({ attestationRootCertificates: z.array(z.string()).default([]) })
        .optional(),
      statusReports: z.array(z.object({ status: z.string() })).default([]),
    }),
  ),
})
type Entry = z.output<typeof payloadSchema>['entries'][number]

const SIGNER_HOST = 'mds.fidoalliance.org'

/** FIDO Metadata Service v3.1 §3.1.4: the authenticator must not be trusted. */
const BAD_STATUS: ReadonlySet<string> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
])
