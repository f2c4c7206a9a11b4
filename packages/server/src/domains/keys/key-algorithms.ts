import { constants, generateKeyPair, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { ecdsaDerToRaw } from './ecdsa-signature.ts'
import type { KeyAlgorithm } from './model.ts'

interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface AlgorithmRules {
  /** Beside the event loop: a pair of RSA takes a tenth of a second and more. */
  generate(): Promise<KeyPair>
  /** Beside the event loop, in JOSE form. */
  signWith(privateKey: KeyObject): (data: Buffer) => Promise<Buffer>
}

/** How keys of each algorithm are made and used: the one place that knows. */
export const ALGORITHM_RULES: Readonly<Record<KeyAlgorithm, AlgorithmRules>> = {
  // RFC 7518 §3.4.
  ES256: {
    generate: () => generateAside('ec', { namedCurve: 'P-256' }),
    signWith: (key) => async (data) => ecdsaDerToRaw(await signAside('sha256', data, key)),
  },
  // RFC 7518 §3.5: the salt is as long as the hash.
  PS256: {
    generate: generateRsa,
    signWith: (key) => (data) => signAside('sha256', data, { key, ...PSS }),
  },
  // RFC 7518 §3.3.
  RS256: {
    generate: generateRsa,
    signWith: (key) => (data) => signAside('sha256', data, key),
  },
  // RFC 8037 §3.1: pure Ed25519, which hashes by itself.
  EdDSA: {
    generate: () => generateAside('ed25519'),
    signWith: (key) => (data) => signAside(null, data, key),
  },
}

function generateRsa(): Promise<KeyPair> {
  return generateAside('rsa', { modulusLength: RSA_BITS, publicExponent: 0x10001 })
}

const generateAside = promisify(generateKeyPair)
/** A signature is a third of what a token costs; another core makes it while requests go on. */
const signAside = promisify(sign)

/** NIST SP 800-57 part 1 table 2, ASVS 11.2.3: 128 bits of security, as P-256 has. */
export const RSA_BITS = 3072
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
