import { randomBytes } from 'node:crypto'
import { addDuration, newId, type RequestContext, type SessionId } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import type { NewWebAuthnChallenge } from './challenge-store.ts'
import type { ChallengeScope, WebAuthnChallengeId } from './model.ts'
import { CHALLENGE_BYTES, CHALLENGE_LIFETIME } from './policy.ts'

type ChallengeRequest = { readonly purpose: 'sign_in' } | Exclude<ChallengeScope, { id: unknown }>

export interface MadeChallenge {
  readonly id: WebAuthnChallengeId
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly row: NewWebAuthnChallenge
}

/** Makes a challenge; only its hash is stored. */
export function makeChallenge({ clock }: RequestContext, asked: ChallengeRequest): MadeChallenge {
  const id = newId('wch')
  const scope = asked.purpose === 'sign_in' ? { ...asked, id } : asked
  const bytes = Uint8Array.from(randomBytes(CHALLENGE_BYTES))
  const createdAt = clock.now()
  return {
    id,
    bytes,
    row: {
      id,
      scope,
      hash: hashChallenge(Buffer.from(bytes).toString('base64url')),
      createdAt,
      expiresAt: addDuration(createdAt, CHALLENGE_LIFETIME),
    },
  }
}

/** @param challenge in base64url, as options and client data have it */
export function hashChallenge(challenge: string): Buffer {
  return sha256(challenge)
}

/** Binds a registration to the session that asked for it. */
export function boundToSession(sessionId: SessionId): Buffer {
  return sha256(sessionId)
}
