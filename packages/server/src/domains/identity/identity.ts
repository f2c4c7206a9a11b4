import type { RequestContext, Secret, UserContext, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { parseEmailAddress } from '../../platform/mail/index.ts'
import type { PasswordVerification } from '../../platform/password-hashing/index.ts'
import type { IdentityDependencies } from './dependencies.ts'
import type { ProfileChange, SignInAccount, User } from './model.ts'
import type { NameHits } from './ports.ts'
import { findAccountByEmail } from './store.ts'
import { changePassword, type PasswordChange } from './use-cases/change-password.ts'
import { checkCurrentPassword } from './use-cases/check-current-password.ts'
import { changeStatus, suspendWithin } from './use-cases/change-status.ts'
import { createUser, inviteUser, type NewUser } from './use-cases/create-user.ts'
import { deleteOwnAccount, deleteUser } from './use-cases/delete-user.ts'
import { type CaptchaDemand, demandCaptcha } from './use-cases/demand-captcha.ts'
import { demandPasswordReset } from './use-cases/demand-password-reset.ts'
import { forgotPassword } from './use-cases/forgot-password.ts'
import { isPasswordBreached } from './use-cases/is-password-breached.ts'
import type { IssuedToken } from './use-cases/issue-token.ts'
import { proveEmail } from './use-cases/prove-email.ts'
import {
  noticeBreachedPassword,
  type ProvenPassword,
} from './use-cases/notice-breached-password.ts'
import { getUser, getUserWithRoles, listUsers, type UserPage } from './use-cases/read-users.ts'
import { createRedeemForPassword, type Redemption } from './use-cases/redeem-for-password.ts'
import { confirmEmailChange, undoEmailChange } from './use-cases/redeem-email-change.ts'
import { type PreparedReplacement, prepareReplacement } from './use-cases/prepare-replacement.ts'
import { replaceWithin } from './use-cases/replace-within.ts'
import { type Registration, register } from './use-cases/register.ts'
import { requestEmailChange } from './use-cases/request-email-change.ts'
import { resendVerification } from './use-cases/resend-verification.ts'
import { requestUnlock, unlockAccount } from './use-cases/unlock-account.ts'
import { keepHitsOfSame, releaseFromScreening } from './use-cases/screen-name.ts'
import { updateProfile } from './use-cases/update-profile.ts'
import { verifyEmail } from './use-cases/verify-email.ts'
import { rehash, verifyPassword } from './use-cases/verify-password.ts'

/** Accounts of a tenant and their passwords. What each may throw stands at its use case. */
export interface Identity {
  /** For forms of other domains that anybody may send; the tenant decides. */
  demandCaptcha(context: RequestContext, demand: CaptchaDemand): Promise<void>
  register(context: RequestContext, input: Registration): Promise<void>
  verifyEmail(context: RequestContext, token: Secret<string>): Promise<User>
  resendVerification(context: RequestContext, email: string, captcha?: string): Promise<void>
  forgotPassword(context: RequestContext, email: string, captcha?: string): Promise<void>
  resetPassword(context: RequestContext, redemption: Redemption): Promise<void>
  requestUnlock(context: RequestContext, email: string, captcha?: string): Promise<void>
  unlock(context: RequestContext, token: Secret<string>): Promise<void>
  acceptInvitation(context: RequestContext, redemption: Redemption): Promise<void>
  requestEmailChange(context: UserContext, newEmail: string): Promise<void>
  confirmEmailChange(context: RequestContext, token: Secret<string>): Promise<void>
  undoEmailChange(context: RequestContext, token: Secret<string>): Promise<void>
  changePassword(context: UserContext, change: PasswordChange): Promise<void>
  /**
   * Proves again who is there, for use cases of other domains; `refused` is the action of the audit
   * event of a refusal.
   */
  checkCurrentPassword(
    context: UserContext,
    password: Secret<string>,
    refused: string,
  ): Promise<{ readonly user: User; readonly passwordHash: string }>

  /** For sign-in. Takes the same query for text that is no address. */
  findForSignIn(tx: Tx, email: string): Promise<SignInAccount | undefined>
  verifyPassword(
    passwordHash: string | undefined,
    password: Secret<string>,
  ): Promise<PasswordVerification>
  /** After a success with `needsRehash`; does nothing if the password was changed meanwhile. */
  rehash(
    context: RequestContext,
    userId: UserId,
    password: Secret<string>,
    provenAgainst: string,
  ): Promise<void>
  /**
   * For sign-in, after a success: what is known from a breach is to be changed before a session is
   * issued. If the list can't be asked, the answer is false and the trail says so.
   */
  isPasswordBreached(context: RequestContext, password: Secret<string>): Promise<boolean>
  /**
   * For sign-in, when the password was right: one that is known from a breach by now is to be
   * changed, which the gate finds.
   */
  noticeBreachedPassword(context: RequestContext, proven: ProvenPassword): Promise<void>
  /** Checks and hashes the password that a sign-in demands; undefined: the user has none. */
  prepareReplacement(
    context: RequestContext,
    userId: UserId,
    password: Secret<string>,
  ): Promise<PreparedReplacement | undefined>
  /** Answers false if the password was changed since it was prepared. */
  replaceDemanded(tx: Tx, context: RequestContext, prepared: PreparedReplacement): Promise<boolean>
  /** For sign-in: a message to this address was answered, in this very transaction. */
  proveEmail(tx: Tx, context: RequestContext, userId: UserId, emailKey: string): Promise<void>
  /** What failures of an account are counted under: equal for every spelling of an address. */
  accountKey(email: string): string

  getUser(context: RequestContext, userId: UserId): Promise<User>
  updateProfile(context: UserContext, change: ProfileChange): Promise<User>
  deleteOwnAccount(context: UserContext, currentPassword: Secret<string>): Promise<void>

  createUser(context: RequestContext, input: NewUser): Promise<User>
  inviteUser(
    context: RequestContext,
    input: Omit<NewUser, 'password' | 'passwordHash'>,
  ): Promise<IssuedToken & { readonly user: User }>
  getUserWithRoles(
    context: RequestContext,
    userId: UserId,
  ): Promise<{ user: User; roles: readonly string[] }>
  listUsers(context: RequestContext, page: UserPage): Promise<readonly User[]>
  demandPasswordReset(context: RequestContext, userId: UserId): Promise<void>
  suspendUser(context: RequestContext, userId: UserId): Promise<User>
  resumeUser(context: RequestContext, userId: UserId): Promise<User>
  deleteUser(context: RequestContext, userId: UserId): Promise<void>
  /** For screening: hits of a user who was read before, unless the user has changed since. */
  keepHits(tx: Tx, context: RequestContext, found: { user: User; hits: NameHits }): Promise<void>
  /** For screening, in a transaction of `administerUser`. */
  suspendWithin(tx: Tx, context: RequestContext, userId: UserId): Promise<User>
  /** The same; resumes nobody whom an administrator suspended. */
  releaseWithin(tx: Tx, context: RequestContext, userId: UserId): Promise<void>
}

export function createIdentity(deps: IdentityDependencies): Identity {
  const redeem = createRedeemForPassword(deps)
  return {
    demandCaptcha: (context, demand) => demandCaptcha(deps, context, demand),
    register: (context, input) => register(deps, context, input),
    verifyEmail: (context, token) => verifyEmail(deps, context, token),
    resendVerification: (context, email, captcha) =>
      resendVerification(deps, context, email, captcha),
    forgotPassword: (context, ...asked) => forgotPassword(deps, context, ...asked),
    resetPassword: (context, redemption) => redeem(context, PASSWORD_RESET, redemption),
    requestUnlock: (context, ...asked) => requestUnlock(deps, context, ...asked),
    unlock: (context, token) => unlockAccount(deps, context, token),
    acceptInvitation: (context, redemption) => redeem(context, INVITATION, redemption),
    requestEmailChange: (context, newEmail) => requestEmailChange(deps, context, newEmail),
    confirmEmailChange: (context, token) => confirmEmailChange(deps, context, token),
    undoEmailChange: (context, token) => undoEmailChange(deps, context, token),
    changePassword: (context, change) => changePassword(deps, context, change),
    checkCurrentPassword: (context, password, refused) =>
      checkCurrentPassword(deps, context, password, refused),
    findForSignIn: (tx, email) => findAccountByEmail(tx, parseEmailAddress(email) ?? ''),
    verifyPassword: (passwordHash, password) => verifyPassword(deps, passwordHash, password),
    rehash: (context, userId, password, provenAgainst) =>
      rehash(deps, context, { userId, password, provenAgainst }),
    isPasswordBreached: (context, password) => isPasswordBreached(deps, context, password),
    proveEmail,
    noticeBreachedPassword: (context, proven) => noticeBreachedPassword(deps, context, proven),
    prepareReplacement: (context, userId, password) =>
      prepareReplacement(deps, context, userId, password),
    replaceDemanded: (tx, context, prepared) => replaceWithin(deps, tx, context, prepared),
    accountKey: (email) => parseEmailAddress(email) ?? email,
    getUser: (context, userId) => getUser(deps, context, userId),
    updateProfile: (context, change) => updateProfile(deps, context, change),
    deleteOwnAccount: (context, password) => deleteOwnAccount(deps, context, password),
    createUser: (context, input) => createUser(deps, context, input),
    inviteUser: (context, input) => inviteUser(deps, context, input),
    getUserWithRoles: (context, userId) => getUserWithRoles(deps, context, userId),
    listUsers: (context, page) => listUsers(deps, context, page),
    demandPasswordReset: (context, userId) => demandPasswordReset(deps, context, userId),
    suspendUser: (context, userId) => changeStatus(deps, context, userId, 'suspended'),
    resumeUser: (context, userId) => changeStatus(deps, context, userId, 'active'),
    deleteUser: (context, userId) => deleteUser(deps, context, userId),
    keepHits: (tx, context, found) => keepHitsOfSame(deps, tx, context, found),
    suspendWithin: (tx, context, userId) => suspendWithin(deps, tx, context, userId),
    releaseWithin: releaseFromScreening,
  }
}

const PASSWORD_RESET = {
  purpose: 'password_reset',
  succeeded: 'user.password_reset',
  refused: 'user.password_reset_refused',
} as const
const INVITATION = {
  purpose: 'invitation',
  succeeded: 'user.invitation_accepted',
  refused: 'user.invitation_refused',
} as const
