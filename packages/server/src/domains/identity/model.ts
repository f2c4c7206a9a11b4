import type { UserId } from '../../kernel/index.ts'

export type UserStatus = 'active' | 'suspended'

export interface User {
  readonly id: UserId
  /** As the user wrote it, for display. */
  readonly email: string
  /** The canonical form: unique in the tenant, and where mail goes to. */
  readonly emailKey: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly status: UserStatus
  readonly createdAt: Date
}

/** What sign-in needs to know of an account. */
export interface SignInAccount {
  readonly userId: UserId
  readonly emailKey: string
  readonly status: UserStatus
  readonly emailVerified: boolean
  /** undefined for an invited user who has not chosen a password yet. */
  readonly passwordHash: string | undefined
  /** When the password was set; a renewed hash of the same password does not change it. */
  readonly passwordChangedAt: Date | undefined
}

/** What somebody may change of themselves: undefined leaves it, null removes it. */
export interface ProfileChange {
  readonly displayName?: string | null | undefined
  readonly locale?: string | null | undefined
}
