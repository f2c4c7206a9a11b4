import { minutes } from '../../../kernel/index.ts'

/** WebAuthn L3 §15.1 recommends 300 to 600 seconds where people may have to search their device. */
export const CHALLENGE_LIFETIME = minutes(5)
/** 256 bits; WebAuthn L3 §13.4.3 asks for 128 at least. */
export const CHALLENGE_BYTES = 32
/** WebAuthn L3 §14.6.1 recommends 64 random bytes at most; 32 are enough to be unique. */
export const USER_HANDLE_BYTES = 32
export const MAX_CREDENTIALS = 20

/** COSE: ES256, EdDSA, RS256 (TPMs of Windows have nothing else). */
export const SIGNATURE_ALGORITHMS: readonly number[] = [-7, -8, -257]

/**
 * Formats of attestations that are read when none was asked for. Browsers then send no other; the
 * others would make the server parse certificates that anybody may have made.
 */
export const UNATTESTED_FORMATS: readonly string[] = ['none', 'packed']
/**
 * Formats that are accepted where an attestation is asked for. Those of phones
 * (`android-key`, `apple`) are not: their verification fetches revocation lists, past our egress.
 */
export const ATTESTED_FORMATS: readonly string[] = ['packed', 'tpm', 'fido-u2f']
/** Where a maker must vouch: `none` is read too, so that its user is told what is missing. */
export const JUDGED_FORMATS: readonly string[] = ['none', ...ATTESTED_FORMATS]

export const WEBAUTHN_LIMITS = {
  read: { limit: 300, window: minutes(1), by: 'principal' },
  change: { limit: 20, window: minutes(1), by: 'principal' },
} as const
