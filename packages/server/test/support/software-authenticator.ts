import { createHash, createSign, generateKeyPairSync, KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import type { Issued } from './attestation-authority.ts'

/** An authenticator whose maker vouches for it. */
export interface SoftwareAuthenticatorOptions {
  readonly aaguid: string
  /** Leaf first, whose key signs. Empty: it vouches for itself. */
  readonly path: readonly Issued[]
  readonly origin: string
  /** Default: `packed`. */
  readonly format?: 'packed' | 'fido-u2f'
}

interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id: string }
}

/** What `navigator.credentials.create` would answer. @see WebAuthn L3 §8.2, §8.6 */
export function createAttestedCredential(
  { aaguid, path, origin, format = 'packed' }: SoftwareAuthenticatorOptions,
  { challenge, rp }: CreationOptions,
) {
  const credentialId = randomBytes(16)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const rpIdHash = sha256(rp.id)
  const authData = Buffer.concat([
    rpIdHash,
    // User present and verified, attested credential data included.
    Buffer.from([0x45, 0, 0, 0, 0]),
    Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
    Buffer.from([0, credentialId.length]),
    credentialId,
    coseKeyOf(publicKey),
  ])
  const clientDataJSON = Buffer.from(
    JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false }),
  )
  const hash = sha256(clientDataJSON)
  const signed =
    format === 'packed'
      ? [authData, hash]
      : [Buffer.from([0]), rpIdHash, hash, credentialId, rawKeyOf(publicKey)]
  const [leaf] = path
  const signingKey = leaf === undefined ? privateKey : KeyObject.from(leaf.keys.privateKey)
  const sig = createSign('sha256').update(Buffer.concat(signed)).sign(signingKey)
  const attStmt = new Map<string, number | Uint8Array | Uint8Array[]>()
  attStmt.set('sig', Uint8Array.from(sig))
  if (format === 'packed') attStmt.set('alg', -7)
  if (leaf !== undefined) {
    attStmt.set(
      'x5c',
      path.map(({ der }) => Uint8Array.from(der)),
    )
  }
  const attestationObject = isoCBOR.encode(
    new Map<string, string | Uint8Array | typeof attStmt>([
      ['fmt', format],
      ['attStmt', attStmt],
      ['authData', Uint8Array.from(authData)],
    ]),
  )
  const id = credentialId.toString('base64url')
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: clientDataJSON.toString('base64url'),
      attestationObject: Buffer.from(attestationObject).toString('base64url'),
      transports: ['usb'],
    },
  }
}

/** RFC 9053 §2.1: ES256 on P-256. */
function coseKeyOf(publicKey: KeyObject): Uint8Array {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Uint8Array.from(Buffer.from(x, 'base64url'))],
      [-3, Uint8Array.from(Buffer.from(y, 'base64url'))],
    ]),
  )
}

function rawKeyOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
