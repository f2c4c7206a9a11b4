import { newId, type RequestContext, type Secret, toUuid } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import type { User } from '../model.ts'
import type { NameHits } from '../ports.ts'
import { parseEmail } from '../parse-email.ts'
import { checkNewPassword } from '../password-policy.ts'
import { insertUser, lockUserByEmail, setPassword, standInForWrite } from '../store.ts'
import { checkRegistrationRisk } from './check-registration-risk.ts'
import { demandCaptcha } from './demand-captcha.ts'
import { issueToken } from './issue-token.ts'
import { keepHitsOfNewUser, screenName } from './screen-name.ts'
import { sendMessage } from './send-message.ts'

export interface Registration {
  readonly email: string
  readonly password: Secret<string>
  readonly displayName?: string | undefined
  readonly locale?: string | undefined
  /** See `demandCaptcha`. */
  readonly captcha?: string | undefined
}

/**
 * SECURITY: account enumeration. A known address gets the same answer after the same work as a new
 * one: one password hash, one transaction, one message. Only the owner of the mailbox learns which.
 * @throws registration_closed, risk_refused, captcha_required, email_invalid, overloaded, name_screening_unavailable,
 * and what `checkNewPassword` throws
 */
export async function register(
  deps: IdentityDependencies,
  context: RequestContext,
  input: Registration,
): Promise<void> {
  if (context.tenant.policy.registration === 'closed') {
    await recordRefusal(deps.database, context, { action: REFUSED })
    throw identityErrors.registration_closed()
  }
  const isDemanded = await checkRegistrationRisk(deps, context)
  const demand = {
    purpose: 'register',
    payload: input.captcha,
    action: REFUSED,
    isDemanded,
  } as const
  await demandCaptcha(deps, context, demand)
  const user = toNewUser(context, input)
  await checkNewPassword(deps, context, { ...input, pointer: '/password' })
  const hits = await screenName(deps, context, input.displayName)
  const hash = await deps.hasher.hash(input.password)
  await deps.database.withTenant(context.tenant.id, async (tx) => {
    // INVARIANT: the unique constraint decides; of parallel registrations one inserts, and the
    // others wait for it and then see a known address.
    if (await insertUser(tx, user)) return welcome(deps, tx, context, { user, hash, hits })
    return remind(deps, tx, context, user.emailKey)
  })
}

function toNewUser(context: RequestContext, input: Registration): User {
  return {
    id: newId('usr'),
    email: input.email,
    emailKey: parseEmail(input.email),
    emailVerifiedAt: undefined,
    displayName: input.displayName,
    locale: input.locale,
    status: 'active',
    createdAt: context.clock.now(),
  }
}

async function welcome(
  deps: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { user, hash, hits }: { user: User; hash: string; hits: NameHits | undefined },
): Promise<void> {
  await setPassword(tx, user.id, hash, context.clock.now())
  const issued = await issueToken(tx, context, user, {
    purpose: 'email_verification',
    lifetime: context.tenant.policy.emailVerificationLifetime,
  })
  await sendMessage(deps, tx, context, { user, kind: 'verify_email', ...issued })
  await record(tx, context, {
    action: 'user.registered',
    outcome: 'success',
    target: { kind: 'user', id: user.id },
  })
  await keepHitsOfNewUser(deps, tx, context, { user, hits })
}

async function remind(
  deps: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  emailKey: string,
): Promise<void> {
  const user = await lockUserByEmail(tx, emailKey)
  // Deleted since the conflict: nobody to tell, and the caller may register again.
  if (user === undefined) return
  const now = context.clock.now()
  // As many statements as a new account takes.
  await standInForWrite(tx, toUuid(user.id), now)
  await standInForWrite(tx, toUuid(user.id), now)
  await sendMessage(deps, tx, context, { user, kind: 'already_registered' })
  await record(tx, context, {
    action: 'user.registration_repeated',
    outcome: 'refused',
    target: { kind: 'user', id: user.id },
  })
}

const REFUSED = 'user.registration_refused'
