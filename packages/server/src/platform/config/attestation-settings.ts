import { optional } from './setting.ts'
import { checkedText, isPath } from './setting-types.ts'

const file = checkedText('a path', isPath)

/** Who vouches for makers of authenticators. */
export const attestationSettings = {
  'attestation.metadataFile': optional(
    'COUNTERSIGN_FIDO_METADATA_FILE',
    file,
    'BLOB of the FIDO Metadata Service, which says whose authenticators are trusted.',
  ),
  'attestation.metadataRootsFile': optional(
    'COUNTERSIGN_FIDO_METADATA_ROOTS_FILE',
    file,
    'PEM certificates that the signer of that BLOB must descend from.',
    'those of the FIDO Alliance',
  ),
  'attestation.rootsFile': optional(
    'COUNTERSIGN_ATTESTATION_ROOTS_FILE',
    file,
    'PEM certificates of makers of authenticators that are trusted beside it.',
  ),
} as const
