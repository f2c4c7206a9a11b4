import { addDuration, type Duration, days, type TenantPolicy } from '../../kernel/index.ts'

/** What a tenant asks of passwords beside that they are hard to guess and not breached. */
export interface PasswordRules {
  readonly minimumCharacters: number
  readonly needsLettersAndDigits: boolean
  /** How many passwords before the present one can't be chosen again; with 0, not even that. */
  readonly rememberedPasswords: number
  /** After which a sign-in demands a new password; undefined = never. */
  readonly maximumAge: Duration | undefined
}

const PROFILES: Readonly<Record<TenantPolicy['passwordProfile'], PasswordRules>> = {
  // NIST 800-63B-4 §3.1.1.2: no composition rules, no periodic change.
  nist: {
    minimumCharacters: 8,
    needsLettersAndDigits: false,
    rememberedPasswords: 0,
    maximumAge: undefined,
  },
  // PCI DSS 4.0.1: 8.3.6 (12 characters, letters and digits), 8.3.7 (the last four), 8.3.9 (90
  // days, where the password is the only factor).
  'pci-dss': {
    minimumCharacters: 12,
    needsLettersAndDigits: true,
    rememberedPasswords: 4,
    maximumAge: days(90),
  },
  // The RTS name no numbers; these are what supervisors commonly expect of a bank.
  psd2: {
    minimumCharacters: 12,
    needsLettersAndDigits: false,
    rememberedPasswords: 5,
    maximumAge: undefined,
  },
}

/** The profile and the settings of the tenant together: the stricter rule counts. */
export function passwordRulesOf(policy: TenantPolicy): PasswordRules {
  const profile = PROFILES[policy.passwordProfile]
  const minimumCharacters = Math.max(profile.minimumCharacters, policy.passwordMinimumLength)
  return { ...profile, minimumCharacters }
}

/** Whether a password that was set at `changedAt` has to be changed before a session is issued. */
export function isPasswordExpired(policy: TenantPolicy, changedAt: Date, now: Date): boolean {
  const { maximumAge } = passwordRulesOf(policy)
  return maximumAge !== undefined && addDuration(changedAt, maximumAge) <= now
}
