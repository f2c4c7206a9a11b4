import {
  AppError,
  fromUuid,
  type RequestContext,
  type Secret,
  toUuid,
} from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import {
  consume,
  type SingleUsePurpose,
  type Tx,
  withdrawSingleUse,
} from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User } from '../model.ts'
import { parseEmail } from '../parse-email.ts'
import { lockUser, replaceEmail, selectTokenHolder } from '../store.ts'

/**
 * Takes the new address over with the token that was sent to it. Sessions, links of messages and
 * pending sign-ins of the user end in the same transaction.
 * @throws token_invalid for every reason alike, also if the address was taken meanwhile
 */
export function confirmEmailChange(
  deps: IdentityDependencies,
  context: RequestContext,
  token: Secret<string>,
): Promise<void> {
  return redeem(deps, context, { token, purpose: 'email_change' }, async (tx, user, email) => {
    await withdrawSingleUse(tx, LINKS, toUuid(user.id), context.clock.now())
    await takeOver(deps, tx, context, { user, email })
    await recordChange(tx, context, 'user.email_changed', user)
    await tell(deps, tx, context, { user, to: user.emailKey, kind: 'email_changed' })
  })
}

/**
 * What the link in the mail to the old address does: stops the change that was asked for, or gives
 * the user the old address back. All sessions end: whoever asked for the change had one.
 * @throws token_invalid for every reason alike
 */
export function undoEmailChange(
  deps: IdentityDependencies,
  context: RequestContext,
  token: Secret<string>,
): Promise<void> {
  return redeem(deps, context, { token, purpose: 'email_change_undo' }, async (tx, user, email) => {
    // Attack: whoever has the new mailbox undoes in turn. Every other way back ends with this one.
    const links = [...LINKS, 'email_change_undo'] as const
    await withdrawSingleUse(tx, links, toUuid(user.id), context.clock.now())
    await takeOver(deps, tx, context, { user, email })
    await recordChange(tx, context, 'user.email_change_undone', user)
    await tell(deps, tx, context, { user, to: parseEmail(email), kind: 'email_change_undone' })
  })
}

interface Presented {
  readonly token: Secret<string>
  readonly purpose: SingleUsePurpose
}

/** The user is locked before the token, in the order of every change of a user. */
async function redeem(
  { database }: IdentityDependencies,
  context: RequestContext,
  { token, purpose }: Presented,
  change: (tx: Tx, user: User, email: string) => Promise<void>,
): Promise<void> {
  const hash = sha256(token.reveal())
  const now = context.clock.now()
  const isDone = await database
    .withTenant(context.tenant.id, async (tx) => {
      const holder = await tx.first(selectTokenHolder(purpose, hash, now))
      if (holder === undefined) return false
      const user = await lockUser(tx, fromUuid('usr', holder.id))
      if (user?.status !== 'active') return false
      const consumed = await consume(tx, purpose, hash, now)
      if (consumed === undefined) return false
      await change(tx, user, consumed.payload)
      return true
    })
    .catch((error: unknown) => {
      if (error instanceof AppError && error.code === identityErrors.token_invalid.code)
        return false
      throw error
    })
  if (isDone) return
  await recordRefusal(database, context, {
    action: 'user.email_change_refused',
    details: { purpose },
  })
  throw identityErrors.token_invalid()
}

async function takeOver(
  { credentialChange }: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { user, email }: { user: User; email: string },
): Promise<void> {
  const address = { email, emailKey: parseEmail(email), now: context.clock.now() }
  if (!(await replaceEmail(tx, user.id, address))) throw identityErrors.token_invalid()
  await credentialChange.credentialChanged(tx, context, user.id, 'email_changed')
}

/** What is proven by the address of before, or was sent to it. */
const LINKS: readonly SingleUsePurpose[] = [
  'email_change',
  'password_reset',
  'email_verification',
  'invitation',
]

function recordChange(tx: Tx, context: RequestContext, action: string, user: User): Promise<void> {
  return record(tx, context, {
    action,
    outcome: 'success',
    actor: { userId: user.id },
    target: { kind: 'user', id: user.id },
  })
}

function tell(
  { messages }: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { user, to, kind }: { user: User; to: string; kind: 'email_changed' | 'email_change_undone' },
): Promise<void> {
  const locale = user.locale === undefined ? {} : { locale: user.locale }
  return messages.send(tx, context, { kind, to, ...locale })
}
