import { parseId, Secret, type SessionId } from '../../kernel/index.ts'
import { randomToken, sha256 } from '../../platform/crypto/index.ts'

/** Content of the cookie: `ses_<26 characters>.<43 characters>`, the last being 256 random bits. */
export interface SessionCookie {
  readonly id: SessionId
  readonly secret: Secret<string>
}

export function makeSessionCookie(id: SessionId): SessionCookie {
  return { id, secret: new Secret(randomToken(32)) }
}

export function formatSessionCookie({ id, secret }: SessionCookie): Secret<string> {
  return new Secret(`${id}.${secret.reveal()}`)
}

export function parseSessionCookie(text: string): SessionCookie | undefined {
  const id = parseId('ses', text.slice(0, ID_LENGTH))
  const secret = text.slice(ID_LENGTH + 1)
  if (id === undefined || text.charAt(ID_LENGTH) !== '.' || !SECRET_PATTERN.test(secret)) {
    return undefined
  }
  return { id, secret: new Secret(secret) }
}

/** What is stored. The secret has 256 bits, so a plain hash can't be guessed back. */
export function hashSessionCookie({ secret }: SessionCookie): Buffer {
  return sha256(secret.reveal())
}

const ID_LENGTH = 'ses_'.length + 26
/** 32 bytes in base64url: the last of 43 characters carries four bits, so its low two are zero. */
const SECRET_PATTERN = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
