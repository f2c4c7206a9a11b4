import { fromUuid, type RequestContext, type Secret, toUuid } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { consume, type Tx, withdrawSingleUse } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User } from '../model.ts'
import type { NameHits } from '../ports.ts'
import { OneAtATime } from '../one-at-a-time.ts'
import { checkNewPassword } from '../password-policy.ts'
import { selectPassword, selectTokenHolder, setPassword, verifyEmailOf } from '../store.ts'
import { checkNotReused } from './check-not-reused.ts'
import { rememberPassword } from './remember-password.ts'
import { GIVEN_BEFORE } from './given-before.ts'
import { keepHits, screenName } from './screen-name.ts'
import { sendMessage } from './send-message.ts'

export interface Redemption {
  readonly token: Secret<string>
  readonly password: Secret<string>
}

/** What differs between a reset and an invitation. */
export interface RedemptionKind {
  readonly purpose: 'password_reset' | 'invitation'
  readonly succeeded: string
  readonly refused: string
}

export type RedeemForPassword = (
  context: RequestContext,
  kind: RedemptionKind,
  redemption: Redemption,
) => Promise<void>

/**
 * Sets a password with a token from a message.
 *
 * SECURITY: hashing is the expensive part. A token is looked at before, so that guesses cost one
 * read, and its redemptions wait for each other, so that 50 with the same token cost one hash.
 * Neither decides: `consume()` does, in the transaction that sets the password.
 */
export function createRedeemForPassword(deps: IdentityDependencies): RedeemForPassword {
  const queue = new OneAtATime()
  return async (context, kind, redemption) => {
    const hash = sha256(redemption.token.reveal())
    const key = `${context.tenant.id}/${kind.purpose}/${hash.toString('hex')}`
    const user = await queue.run(key, () => redeem(deps, context, kind, { ...redemption, hash }))
    if (user === undefined) {
      await recordRefusal(deps.database, context, { action: kind.refused })
      throw identityErrors.token_invalid()
    }
  }
}

async function redeem(
  deps: IdentityDependencies,
  context: RequestContext,
  kind: RedemptionKind,
  { hash, password }: { hash: Buffer; password: Secret<string> },
): Promise<User | undefined> {
  const [holders] = await deps.database.tenantBatch(context.tenant.id, [
    selectTokenHolder(kind.purpose, hash, context.clock.now()),
  ])
  const holder = holders[0]
  if (holder === undefined) return undefined
  await checkNewPassword(deps, context, {
    password,
    pointer: '/password',
    email: holder.email,
    displayName: holder.display_name ?? undefined,
  })
  const userId = fromUuid('usr', holder.id)
  // No other password can be set in between: each change withdraws the tokens that are left.
  await checkNotReused(deps, context, userId, { password, pointer: '/password' })
  // An invitation may be older than the list; a reset gives nobody a name.
  const screened = kind.purpose === 'invitation' ? holder.display_name : undefined
  const hits = await screenName(deps, context, screened)
  const passwordHash = await deps.hasher.hash(password)
  return deps.database.withTenant(context.tenant.id, (tx) =>
    consumeAndSet(deps, tx, context, { kind, hash, passwordHash, hits }),
  )
}

interface Proven {
  readonly kind: RedemptionKind
  readonly hash: Buffer
  readonly passwordHash: string
  readonly hits: NameHits | undefined
}

async function consumeAndSet(
  deps: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { kind, hash, passwordHash, hits }: Proven,
): Promise<User | undefined> {
  const now = context.clock.now()
  const consumed = await consume(tx, kind.purpose, hash, now)
  if (consumed === undefined) return undefined
  const userId = fromUuid('usr', consumed.subject)
  // The token came by mail, so it proves the address too; but only the one it was sent to.
  const user = await verifyEmailOf(tx, userId, consumed.payload, now)
  if (user === undefined) return undefined
  const replaced = await tx.first(selectPassword(userId))
  await setPassword(tx, userId, passwordHash, now)
  await rememberPassword(tx, context, userId, replaced?.password_hash)
  // Whoever controls the mailbox is let in, even while guesses of others delay the account.
  await tx.run(deps.guesses.clear(context, user.emailKey))
  await deps.credentialChange.credentialChanged(tx, context, userId, 'password_reset')
  await withdrawSingleUse(tx, [...GIVEN_BEFORE, 'email_verification'], toUuid(userId), now)
  await record(tx, context, {
    action: kind.succeeded,
    outcome: 'success',
    actor: { userId },
    target: { kind: 'user', id: userId },
  })
  await sendMessage(deps, tx, context, { user, kind: 'password_changed' })
  await keepHits(deps, tx, context, { userId, hits })
  return user
}
