import { newId, type RequestContext, type Secret } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import {
  type ImportedPasswordHash,
  parseImportedHash,
} from '../../../platform/password-hashing/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { identityErrors } from '../errors.ts'
import { INVITATION_LIFETIME } from '../limits.ts'
import type { User } from '../model.ts'
import type { NameHits } from '../ports.ts'
import { parseEmail } from '../parse-email.ts'
import { checkNewPassword } from '../password-policy.ts'
import { demandReplacement } from '../password-demand-store.ts'
import { insertUser, setPassword } from '../store.ts'
import { type IssuedToken, issueToken } from './issue-token.ts'
import { keepHitsOfNewUser, screenName } from './screen-name.ts'
import { sendMessage } from './send-message.ts'

export interface NewUser {
  readonly email: string
  readonly displayName?: string | undefined
  readonly locale?: string | undefined
  readonly roles?: readonly string[] | undefined
  /** Without one, the user chooses it with an invitation or by resetting it. */
  readonly password?: Secret<string> | undefined
  /** Of another system, instead of a password; the policy can't see through it. */
  readonly passwordHash?: ImportedPasswordHash | undefined
  /** The address was proven elsewhere (seed, import). No request can say so. */
  readonly emailVerified?: boolean | undefined
}

/**
 * An administrator or the process itself creates a user; it may know that the address is taken.
 * @throws email_taken, email_invalid, password_hash_refused, overloaded,
 * name_screening_unavailable, what `checkNewPassword`
 * throws, and what assigning the roles throws
 */
export async function createUser(
  deps: IdentityDependencies,
  context: RequestContext,
  input: NewUser,
): Promise<User> {
  const hits = await screenName(deps, context, input.displayName)
  const hash = await hashChosen(deps, context, input)
  return inTransaction(deps, context, async (tx) => {
    const user = await insertNewUser(deps, tx, context, { input, hits })
    if (hash === undefined) return user
    await setPassword(tx, user.id, hash, context.clock.now())
    // ASVS 6.4.6: what somebody else knows is replaced at the first sign-in.
    const isKnown = context.principal !== undefined && input.password !== undefined
    if (isKnown) await demandOwnPassword(tx, context, user)
    if (user.emailVerifiedAt !== undefined) return user
    const issued = await issueToken(tx, context, user, {
      purpose: 'email_verification',
      lifetime: context.tenant.policy.emailVerificationLifetime,
    })
    await sendMessage(deps, tx, context, { user, kind: 'verify_email', ...issued })
    return user
  })
}

/**
 * Creates a user who chooses a password with a single-use token within 72 hours.
 * @returns the token too, for the command line to print. WARNING: it is worth the account.
 * @throws as `createUser`
 */
export async function inviteUser(
  deps: IdentityDependencies,
  context: RequestContext,
  input: Omit<NewUser, 'password' | 'passwordHash'>,
): Promise<IssuedToken & { readonly user: User }> {
  const hits = await screenName(deps, context, input.displayName)
  return inTransaction(deps, context, async (tx) => {
    const user = await insertNewUser(deps, tx, context, { input, hits })
    const issued = await issueToken(tx, context, user, {
      purpose: 'invitation',
      lifetime: INVITATION_LIFETIME,
    })
    await sendMessage(deps, tx, context, { user, kind: 'invitation', ...issued })
    await record(tx, context, {
      action: 'user.invited',
      outcome: 'success',
      target: { kind: 'user', id: user.id },
    })
    return { user, ...issued }
  })
}

async function demandOwnPassword(tx: Tx, context: RequestContext, { id }: User): Promise<void> {
  await demandReplacement(tx, id, { by: 'administrator' })
  await record(tx, context, {
    action: 'user.password_change_demanded',
    outcome: 'success',
    target: { kind: 'user', id },
    details: { reason: 'administrator' },
  })
}

async function hashChosen(deps: IdentityDependencies, context: RequestContext, input: NewUser) {
  const { password, passwordHash } = input
  if (passwordHash !== undefined) return storedFormOf(passwordHash)
  if (password === undefined) return undefined
  await checkNewPassword(deps, context, { ...input, password, pointer: '/password' })
  return deps.hasher.hash(password)
}

function storedFormOf(hash: ImportedPasswordHash): string {
  const verdict = parseImportedHash(hash)
  if ('stored' in verdict) return verdict.stored
  const detail = `the hash is ${verdict.refused.replace('_', ' ')}`
  throw identityErrors.password_hash_refused({
    fields: [{ pointer: '/password_hash', code: verdict.refused, detail }],
  })
}

function inTransaction<T>(
  { access, database }: IdentityDependencies,
  context: RequestContext,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return access.auditingRefusals(context, () => database.withTenant(context.tenant.id, work))
}

async function insertNewUser(
  deps: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { input, hits }: { readonly input: NewUser; readonly hits: NameHits | undefined },
): Promise<User> {
  const user: User = {
    id: newId('usr'),
    email: input.email,
    emailKey: parseEmail(input.email),
    emailVerifiedAt: input.emailVerified === true ? context.clock.now() : undefined,
    displayName: input.displayName,
    locale: input.locale,
    status: 'active',
    createdAt: context.clock.now(),
  }
  if (!(await insertUser(tx, user))) throw identityErrors.email_taken()
  await record(tx, context, {
    action: 'user.created',
    outcome: 'success',
    target: { kind: 'user', id: user.id },
    ...(input.passwordHash === undefined
      ? {}
      : { details: { imported_hash: input.passwordHash.kind } }),
  })
  for (const role of input.roles ?? []) {
    await deps.access.assignRoleIn(tx, context, { userId: user.id, role })
  }
  return keepHitsOfNewUser(deps, tx, context, { user, hits })
}
