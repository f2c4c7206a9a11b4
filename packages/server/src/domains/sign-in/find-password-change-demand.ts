import type { TenantPolicy } from '../../kernel/index.ts'
import { isPasswordExpired } from '../identity/index.ts'
import type { PasswordChangeReason, SignInMethod } from './model.ts'

export interface PasswordFacts {
  readonly changed_at: Date | null
  readonly change_demanded_by: 'administrator' | 'breach' | null
}

/**
 * Whether the password must be replaced before a session. A sign-in that proved no password is not
 * asked: the demand stays with the password, which opens nothing until it is replaced.
 * PCI DSS 8.3.9 asks for a change by age only where the password is the only factor.
 */
export function findPasswordChangeDemand(
  policy: TenantPolicy,
  { changed_at: changedAt, change_demanded_by: demandedBy }: PasswordFacts,
  proven: {
    readonly method: SignInMethod
    readonly isFactorProven: boolean
    readonly now: Date
  },
): PasswordChangeReason | undefined {
  if (proven.method !== 'password') return undefined
  if (demandedBy !== null) return demandedBy
  const isByAge =
    !proven.isFactorProven && changedAt !== null && isPasswordExpired(policy, changedAt, proven.now)
  return isByAge ? 'expired' : undefined
}
