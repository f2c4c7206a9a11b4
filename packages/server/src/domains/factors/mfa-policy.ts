import {
  ACR,
  type Acr,
  addDuration,
  type AssuranceRequirement,
  hasAtLeast,
  type MfaPolicy,
  type TenantPolicy,
} from '../../kernel/index.ts'
import { type FactorKind, type FactorMethod, type FactorState, methodsOf } from './model.ts'

export interface MfaSubject {
  readonly roles: readonly string[]
  readonly createdAt: Date
}

/** What a client asks beside its tenant; it can only make the rule stricter. */
export interface ClientMfaRules {
  readonly mfaPolicy?: MfaPolicy | undefined
  readonly requiredAcr?: Acr | undefined
}

/** What was proven so far. @see RFC 8176 */
export interface ProvenFactors {
  readonly isFactorProven: boolean
  readonly amr: readonly string[]
  readonly acr: string
}

export type MissingFactor =
  | { readonly kind: 'verification'; readonly methods: readonly FactorMethod[] }
  | { readonly kind: 'enrollment'; readonly methods: readonly FactorMethod[] }

/**
 * The strictest of what the tenant, the roles of the user and the client ask for. `off` of the
 * tenant silences its rules for roles, but not those of a client.
 */
export function mfaPolicyFor(
  policy: TenantPolicy,
  { roles }: Pick<MfaSubject, 'roles'>,
  { mfaPolicy = 'off', requiredAcr }: ClientMfaRules = {},
): MfaPolicy {
  const has = (names: readonly string[]) =>
    policy.mfa !== 'off' && roles.some((r) => names.includes(r))
  return strictest([
    policy.mfa,
    mfaPolicy,
    has(policy.mfaRequiredRoles) ? 'required' : 'off',
    has(policy.mfaPhishingResistantRoles) ? 'phishing_resistant' : 'off',
    requiredAcr === ACR.mfa ? 'required' : 'off',
    requiredAcr === ACR.passkey ? 'phishing_resistant' : 'off',
  ])
}

export interface MfaRules {
  readonly mfa: MfaPolicy
  readonly requiredAcr: Acr | undefined
  /** Until when the user may sign in without the factor that the rule demands. */
  readonly graceEndsAt: Date
  /** See `methodsOf`. */
  readonly smsCountries: readonly string[]
}

export function mfaRulesFor(
  policy: TenantPolicy,
  subject: MfaSubject,
  client: ClientMfaRules = {},
): MfaRules {
  const graceEndsAt = addDuration(subject.createdAt, policy.mfaGrace)
  const { requiredAcr } = client
  const { smsCountries } = policy
  return { mfa: mfaPolicyFor(policy, subject, client), requiredAcr, graceEndsAt, smsCountries }
}

/**
 * What is missing before a session may begin. A confirmed factor is asked for whatever the policy
 * says: turning a policy off must not take protection away from those who chose it. Whoever has a
 * factor proves it before another one is enrolled.
 */
export function findMissingFactor(
  rules: MfaRules,
  state: FactorState,
  proven: ProvenFactors,
  now: Date,
): MissingFactor | undefined {
  const { mfa, requiredAcr, graceEndsAt } = rules
  const hasKey = state.kinds.includes('webauthn')
  if (state.kinds.length > 0 && !proven.isFactorProven) {
    const methods = mfa === 'phishing_resistant' && hasKey ? KEYS_ONLY : methodsOf(state, rules)
    return { kind: 'verification', methods }
  }
  if (mfa === 'phishing_resistant' && !isPhishingResistant(proven)) {
    if (hasKey) return { kind: 'verification', methods: KEYS_ONLY }
    return now < graceEndsAt ? undefined : { kind: 'enrollment', methods: KEYS_ONLY }
  }
  if (requiredAcr === ACR.passkey && proven.acr !== ACR.passkey && hasKey) {
    return { kind: 'verification', methods: KEYS_ONLY }
  }
  if (state.kinds.length > 0 || mfa === 'off' || mfa === 'optional') return undefined
  return now < graceEndsAt ? undefined : { kind: 'enrollment', methods: ENROLLABLE }
}

/**
 * Whether a credential that is bound to our origin was used: a passkey, or a security key beside the
 * password. Codes of any kind can be asked for by a false site.
 * @see RFC 8176 §2: `hwk`, `swk`; NIST 800-63B-4 §3.2.5
 */
export function isPhishingResistant({ amr, acr }: Pick<ProvenFactors, 'amr' | 'acr'>): boolean {
  return acr === ACR.passkey || amr.includes('hwk') || amr.includes('swk')
}

/**
 * What the rules ask of a session that has begun already, beyond what was proven in it. They may
 * have become stricter since.
 * @returns undefined if it is enough, also for as long as the grace lasts
 */
export function findUnmetRule(
  { mfa, graceEndsAt }: Pick<MfaRules, 'mfa' | 'graceEndsAt'>,
  proven: Pick<ProvenFactors, 'amr' | 'acr'>,
  now: Date,
): AssuranceRequirement | undefined {
  if (mfa === 'off' || mfa === 'optional' || now < graceEndsAt) return undefined
  if (isPhishingResistant(proven)) return undefined
  if (mfa === 'phishing_resistant') return { acr: ACR.passkey }
  const isProven = hasAtLeast(proven.acr, ACR.mfa) || proven.amr.includes(TRUSTED_DEVICE_AMR)
  return isProven ? undefined : { acr: ACR.mfa }
}

/** Whether a user may be left with these factors. */
export function isEnoughLeft(
  policy: TenantPolicy,
  subject: Pick<MfaSubject, 'roles'>,
  left: readonly FactorKind[],
): boolean {
  switch (mfaPolicyFor(policy, subject)) {
    case 'off':
    case 'optional':
      return true
    case 'required':
      return left.length > 0
    case 'phishing_resistant':
      return left.includes('webauthn')
  }
}

/**
 * Stands in `amr` where the second factor was proven earlier, on a device that is trusted since. It
 * meets `required`, never `phishing_resistant`, and never raises `acr`.
 */
export const TRUSTED_DEVICE_AMR = 'trusted_device'

function strictest(policies: readonly MfaPolicy[]): MfaPolicy {
  return LEAST_STRICT_FIRST.findLast((policy) => policies.includes(policy)) ?? 'off'
}

const LEAST_STRICT_FIRST = ['off', 'optional', 'required', 'phishing_resistant'] as const
const KEYS_ONLY: readonly FactorMethod[] = ['webauthn']
/** What can be enrolled at sign-in. */
const ENROLLABLE: readonly FactorMethod[] = ['webauthn', 'totp']
