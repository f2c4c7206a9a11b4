import { randomBytes } from 'node:crypto'
import {
  addDuration,
  milliseconds,
  newId,
  type RequestContext,
  Secret,
  toSeconds,
} from '../../kernel/index.ts'
import { hmacSha256, randomToken, sha256 } from '../../platform/crypto/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { parseEmailAddress } from '../../platform/mail/index.ts'
import { record } from '../audit/index.ts'
import { makeNumericCode } from '../factors/index.ts'
import { identityErrors, type SignInAccount } from '../identity/index.ts'
import { fingerprintOf } from './can-issue.ts'
import {
  countSentMessages,
  type EmailSignInKind,
  insertEmailSignIn,
  standInForSending,
} from './email-sign-in-store.ts'
import { signInErrors } from './errors.ts'
import {
  CHALLENGE_ATTEMPTS,
  EMAIL_CODE_DIGITS,
  EMAIL_PAUSE,
  EMAIL_SIGN_IN_LIFETIME,
  EMAILS_A_DAY,
  EMAILS_AN_HOUR,
} from './policy.ts'
import type { SignInServices } from './sign-in-with-password.ts'

export interface EmailSignInRequest {
  readonly email: string
  readonly kind: EmailSignInKind
  /** The solution of a challenge, where one was demanded. */
  readonly captcha?: string | undefined
}

export interface RequestedEmailSignIn {
  /** What ties the answer to the client that asked. */
  readonly challenge: Secret<string>
  /** Seconds. */
  readonly expiresIn: number
}

/**
 * Mails a link or a code to whoever has the address.
 *
 * SECURITY: account enumeration. For an address that nobody has, or that may not sign in so, the
 * same is stored with a secret that nobody knows: neither this answer nor what follows tells them
 * apart. The message leaves later, through the outbox.
 * @throws email_invalid, email_sign_in_disabled, captcha_required, captcha_unavailable
 */
export async function requestEmailSignIn(
  services: SignInServices,
  context: RequestContext,
  { email, kind, captcha }: EmailSignInRequest,
): Promise<RequestedEmailSignIn> {
  checkEmailSignInAllowed(context, kind)
  const demand = { purpose: 'magic_link', payload: captcha, action: REQUESTED } as const
  await services.identity.demandCaptcha(context, demand)
  const emailKey = parseEmailAddress(email)
  if (emailKey === undefined) throw identityErrors.email_invalid()
  const challenge = new Secret(randomToken())
  await services.database.withTenant(context.tenant.id, async (tx) => {
    const account = await services.identity.findForSignIn(tx, emailKey)
    await issue(services, tx, context, { account, emailKey, kind, challenge })
  })
  return { challenge, expiresIn: toSeconds(EMAIL_SIGN_IN_LIFETIME) }
}

/** @throws email_sign_in_disabled */
export function checkEmailSignInAllowed({ tenant }: RequestContext, kind: EmailSignInKind): void {
  if (!tenant.policy.emailSignIn.includes(kind)) throw signInErrors.email_sign_in_disabled()
}

/** What is stored of a code: without the challenge nobody can try codes against it. */
export function hashEmailSecret(
  kind: EmailSignInKind,
  challenge: Secret<string> | undefined,
  secret: Secret<string>,
): Buffer {
  if (kind === 'link') return sha256(secret.reveal())
  return hmacSha256(Buffer.from(challenge?.reveal() ?? ''), secret.reveal())
}

interface Issue {
  readonly account: SignInAccount | undefined
  readonly emailKey: string
  readonly kind: EmailSignInKind
  readonly challenge: Secret<string>
}

/** Every address takes as many statements as every other. */
async function issue(
  services: SignInServices,
  tx: Tx,
  context: RequestContext,
  { account, emailKey, kind, challenge }: Issue,
): Promise<void> {
  const createdAt = context.clock.now()
  const expiresAt = addDuration(createdAt, EMAIL_SIGN_IN_LIFETIME)
  const userId = account?.userId ?? newId('usr')
  const owner = await services.factors.within.lockOwner(tx, userId)
  const isPaused = await hasEnoughMessages(tx, context, userId)
  const isSent = owner !== undefined && isEligible(account) && !isPaused
  const secret = new Secret(kind === 'link' ? randomToken() : makeNumericCode(EMAIL_CODE_DIGITS))
  const challengeHash = sha256(challenge.reveal())
  await tx.run(
    insertEmailSignIn({
      challengeHash,
      userId: owner?.id,
      emailKey,
      kind,
      secretHash: isSent ? hashEmailSecret(kind, challenge, secret) : randomBytes(HASH_BYTES),
      isSent,
      provenAgainst: fingerprintOf(account?.passwordHash),
      attempts: CHALLENGE_ATTEMPTS,
      createdAt,
      expiresAt,
    }),
  )
  if (isSent) {
    const { locale } = owner
    await services.emailMessages.send(tx, context, {
      kind,
      to: emailKey,
      secret,
      expiresAt,
      locale,
    })
  } else {
    for (let writes = 0; writes < WRITES_OF_A_MESSAGE; writes++) {
      await standInForSending(tx, Buffer.alloc(HASH_BYTES))
    }
  }
  await record(tx, context, {
    action: REQUESTED,
    outcome: isSent ? 'success' : 'refused',
    ...(owner === undefined ? {} : { target: { kind: 'user', id: owner.id } }),
    details: { kind },
  })
}

/**
 * SECURITY: whoever registered somebody else's address knows the password of that account, but
 * could not verify it. Attack: its owner signs in by mail, which verifies the address, and from
 * then on the password of the attacker works. So such an account has to verify first.
 */
function isEligible(account: SignInAccount | undefined): boolean {
  if (account?.status !== 'active') return false
  return account.emailVerified || account.passwordHash === undefined
}

/** The lock on the user makes parallel requests count each other. */
async function hasEnoughMessages(
  tx: Tx,
  { clock }: RequestContext,
  userId: Parameters<typeof countSentMessages>[1],
): Promise<boolean> {
  const now = clock.now()
  const sent = await countSentMessages(tx, userId, {
    hourAgo: addDuration(now, milliseconds(-3_600_000)),
    dayAgo: addDuration(now, milliseconds(-86_400_000)),
  })
  if (sent.inHour >= EMAILS_AN_HOUR || sent.inDay >= EMAILS_A_DAY) return true
  return sent.lastAt !== undefined && now < addDuration(sent.lastAt, EMAIL_PAUSE)
}

const REQUESTED = 'sign_in.mail_requested'
const HASH_BYTES = 32
/** The row of the outbox and its job. */
const WRITES_OF_A_MESSAGE = 2
