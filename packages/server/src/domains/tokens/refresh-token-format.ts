import { newId, parseId, type RefreshTokenId, Secret } from '../../kernel/index.ts'
import { randomToken, sha256 } from '../../platform/crypto/index.ts'

/** `rft_<26 characters>.<43 characters>`: an id to find it by, and 256 random bits to prove it. */
export interface RefreshToken {
  readonly id: RefreshTokenId
  readonly secret: Secret<string>
}

export function makeRefreshToken(): RefreshToken {
  return { id: newId('rft'), secret: new Secret(randomToken(32)) }
}

/** The token as its client keeps it. */
export function formatRefreshToken({ id, secret }: RefreshToken): Secret<string> {
  return new Secret(`${id}.${secret.reveal()}`)
}

/** Accepts the one canonical spelling only: a token that reads in two ways could be stored twice. */
export function parseRefreshToken(presented: Secret<string>): RefreshToken | undefined {
  const text = presented.reveal()
  const id = parseId('rft', text.slice(0, ID_LENGTH))
  const secret = text.slice(ID_LENGTH + 1)
  if (id === undefined || text.charAt(ID_LENGTH) !== '.' || !SECRET_PATTERN.test(secret)) {
    return undefined
  }
  return { id, secret: new Secret(secret) }
}

/** What is stored. The secret has 256 bits, so a plain hash can't be guessed back. */
export function hashRefreshToken({ secret }: RefreshToken): Buffer {
  return sha256(secret.reveal())
}

const ID_LENGTH = 'rft_'.length + 26
/** 32 bytes in base64url: the last of 43 characters carries four bits, so its low two are zero. */
const SECRET_PATTERN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
