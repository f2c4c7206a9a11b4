import {
  addDuration,
  type Duration,
  type RequestContext,
  Secret,
  toUuid,
} from '../../../kernel/index.ts'
import { randomToken, sha256 } from '../../../platform/crypto/index.ts'
import { issueSingleUse, type SingleUsePurpose, type Tx } from '../../../platform/db/index.ts'
import type { User } from '../model.ts'

export interface IssuedToken {
  readonly token: Secret<string>
  readonly expiresAt: Date
}

/** 256 random bits, of which only the SHA-256 is stored, bound to the address it is sent to. */
export async function issueToken(
  tx: Tx,
  context: RequestContext,
  user: User,
  { purpose, lifetime }: { purpose: SingleUsePurpose; lifetime: Duration },
): Promise<IssuedToken> {
  const token = new Secret(randomToken())
  const now = context.clock.now()
  const expiresAt = addDuration(now, lifetime)
  await issueSingleUse(tx, {
    purpose,
    hash: sha256(token.reveal()),
    subject: toUuid(user.id),
    payload: user.emailKey,
    createdAt: now,
    expiresAt,
  })
  return { token, expiresAt }
}
