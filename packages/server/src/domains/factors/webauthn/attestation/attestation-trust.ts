import type { X509Certificate } from 'node:crypto'
import { endsInTrustedRoot } from './certificate-path.ts'
import type { AuthenticatorMetadata } from './metadata-blob.ts'

/** What vouches for an authenticator; the statement's own signature was verified before. */
export interface AttestationEvidence {
  readonly aaguid: string
  /** DER, leaf first; empty where the credential vouches for itself or nothing does. */
  readonly path: readonly Uint8Array[]
}

/**
 * `unattested`: no maker vouches for it. `compromised`: its maker did, but it must not be trusted.
 * `untrusted`: nobody whom the operator trusts vouches for it. `outdated`: it may be trusted, but
 * the file that says so is too old to know.
 */
export type AttestationVerdict = 'trusted' | 'unattested' | 'compromised' | 'untrusted' | 'outdated'

/** Says whether the maker of an authenticator is known. */
export interface AttestationTrust {
  judge(evidence: AttestationEvidence, now: Date): AttestationVerdict
}

export interface TrustAnchors {
  readonly metadata: AuthenticatorMetadata | undefined
  /** Whatever ends in one of these is trusted, unless the metadata speaks against its model. */
  readonly roots: readonly X509Certificate[]
}

/** Without any anchor nothing is trusted. */
export function createAttestationTrust({ metadata, roots }: TrustAnchors): AttestationTrust {
  return {
    judge: ({ aaguid, path }, now) => {
      if (path.length === 0) return 'unattested'
      const entry = metadata?.find(aaguid)
      if (entry?.isCompromised === true) return 'compromised'
      if (endsInTrustedRoot(path, roots, now)) return 'trusted'
      // Roots of this model only: those of one maker must not vouch for models of another.
      if (entry === undefined || !endsInTrustedRoot(path, entry.roots, now)) return 'untrusted'
      // Attack: a model that was revoked since. Who keeps the file away could register it for ever.
      return metadata !== undefined && now < metadata.outdatedAt ? 'trusted' : 'outdated'
    },
  }
}
