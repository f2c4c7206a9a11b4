import {
  addDuration,
  type Duration,
  milliseconds,
  Secret,
  toUuid,
  type UserContext,
} from '../../../kernel/index.ts'
import { randomToken, sha256 } from '../../../platform/crypto/index.ts'
import { addSingleUse, issueSingleUse, type Tx } from '../../../platform/db/index.ts'
import { accessErrors } from '../../access/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import {
  EMAIL_CHANGE_LIFETIME,
  EMAIL_CHANGE_UNDO_LIFETIME,
  MESSAGE_PAUSE,
  MESSAGE_WINDOW,
  MESSAGES_PER_WINDOW,
} from '../limits.ts'
import type { User } from '../model.ts'
import { parseEmail } from '../parse-email.ts'
import { countSent, isEmailTaken, lockUser } from '../store.ts'

/**
 * Asks for another address: a token goes to it, and a way to stop or undo it to the address of now.
 * Nothing changes before the token comes back.
 *
 * SECURITY: account enumeration. A taken address takes the same writes, and as many messages; only
 * the message to it differs, which has no token.
 * @throws email_invalid, user_not_found
 */
export async function requestEmailChange(
  deps: IdentityDependencies,
  context: UserContext,
  newEmail: string,
): Promise<void> {
  const emailKey = parseEmail(newEmail)
  await deps.database.withTenant(context.tenant.id, async (tx) => {
    const user = await lockUser(tx, context.principal.userId)
    if (user === undefined) throw accessErrors.user_not_found()
    const target = { kind: 'user', id: user.id }
    const action = 'user.email_change_requested'
    if (await hasEnoughMessages(tx, context, user)) {
      await record(tx, context, { action, outcome: 'refused', target })
      return
    }
    const confirm = makeToken(context, user, { payload: newEmail, lifetime: EMAIL_CHANGE_LIFETIME })
    await issueSingleUse(tx, { purpose: 'email_change', ...confirm.value })
    const undo = makeToken(context, user, {
      payload: user.email,
      lifetime: EMAIL_CHANGE_UNDO_LIFETIME,
    })
    // Attack: a thief asks a second time, so that the owner's way back is withdrawn. It stays.
    await addSingleUse(tx, { purpose: 'email_change_undo', ...undo.value })
    const locale = user.locale === undefined ? {} : { locale: user.locale }
    const toNew = { to: emailKey, ...locale }
    await deps.messages.send(
      tx,
      context,
      (await isEmailTaken(tx, emailKey))
        ? { kind: 'email_in_use', ...toNew }
        : { kind: 'confirm_email_change', ...toNew, ...confirm.issued },
    )
    const toOld = { to: user.emailKey, ...locale }
    await deps.messages.send(tx, context, {
      kind: 'email_change_requested',
      ...toOld,
      ...undo.issued,
    })
    await record(tx, context, { action, outcome: 'success', target })
  })
}

/** 256 random bits, of which only the SHA-256 is stored. */
function makeToken(
  { clock }: UserContext,
  user: User,
  { payload, lifetime }: { payload: string; lifetime: Duration },
) {
  const token = new Secret(randomToken())
  const createdAt = clock.now()
  const expiresAt = addDuration(createdAt, lifetime)
  const hash = sha256(token.reveal())
  const value = { hash, subject: toUuid(user.id), payload, createdAt, expiresAt }
  return { issued: { token, expiresAt }, value }
}

/** The lock on the user makes parallel requests count each other. */
async function hasEnoughMessages(tx: Tx, { clock }: UserContext, user: User): Promise<boolean> {
  const now = clock.now()
  const since = addDuration(now, milliseconds(-MESSAGE_WINDOW.milliseconds))
  const { sent, lastAt } = await countSent(tx, 'email_change', toUuid(user.id), since)
  if (lastAt === undefined) return false
  return sent >= MESSAGES_PER_WINDOW || now < addDuration(lastAt, MESSAGE_PAUSE)
}
