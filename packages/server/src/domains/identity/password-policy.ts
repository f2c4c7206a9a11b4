import type { ErrorFactory, RequestContext, Secret, TenantRef } from '../../kernel/index.ts'
import type { IdentityDependencies } from './dependencies.ts'
import { identityErrors } from './errors.ts'
import {
  PASSWORD_MAX_CHARACTERS,
  PASSWORD_MINIMUM_SCORE,
  PASSWORD_OWN_CHARACTERS,
} from './limits.ts'
import { countCharacters } from './count-characters.ts'
import { type PasswordRules, passwordRulesOf } from './password-profiles.ts'
import { loadPasswordStrength } from './password-strength.ts'
import { isPasswordBreached } from './use-cases/is-password-breached.ts'

/** A password that somebody chooses, and what an attacker knows of them. */
export interface PasswordCandidate {
  readonly password: Secret<string>
  /** JSON Pointer of the member that it came in. */
  readonly pointer: '/password' | '/new_password'
  readonly email: string
  readonly displayName?: string | undefined
}

/**
 * Refuses passwords by what they are; nothing is trimmed, cased or cut. It decides by the input
 * alone, so its answer says nothing about which accounts exist.
 * @throws password_too_short, password_too_long, password_unsupported_characters,
 * password_needs_letters_and_digits, password_too_common, password_too_weak, password_breached
 */
export async function checkNewPassword(
  deps: Pick<IdentityDependencies, 'breachedPasswords' | 'database'>,
  context: RequestContext,
  candidate: PasswordCandidate,
): Promise<void> {
  const { pointer } = candidate
  const text = checkPasswordForm(candidate, passwordRulesOf(context.tenant.policy))
  const strength = await loadPasswordStrength()
  if (strength.isCommon(text)) throw refusePassword(identityErrors.password_too_common, pointer)
  const words = knownWordsOf(candidate, context.tenant)
  const isWeak =
    isMadeOfKnownWords(text, words) || strength.score(text, words) < PASSWORD_MINIMUM_SCORE
  if (isWeak) throw refusePassword(identityErrors.password_too_weak, pointer)
  if (await isPasswordBreached(deps, context, candidate.password)) {
    throw refusePassword(identityErrors.password_breached, pointer)
  }
}

/** Length is counted in code points of the NFC form, which is what is hashed. */
function checkPasswordForm({ password, pointer }: PasswordCandidate, rules: PasswordRules): string {
  const raw = password.reveal()
  // The normal form of an unassigned character may change when Unicode assigns it.
  if (UNDEFINED_CHARACTER.test(raw)) {
    throw refusePassword(identityErrors.password_unsupported_characters, pointer)
  }
  const text = raw.normalize('NFC')
  const characters = countCharacters(text)
  if (characters > PASSWORD_MAX_CHARACTERS) {
    throw refusePassword(identityErrors.password_too_long, pointer)
  }
  if (characters < rules.minimumCharacters) {
    throw refusePassword(identityErrors.password_too_short, pointer)
  }
  if (rules.needsLettersAndDigits && !(LETTER.test(text) && DIGIT.test(text))) {
    throw refusePassword(identityErrors.password_needs_letters_and_digits, pointer)
  }
  return text
}

/** The refusal of a password, pointing at the member that it came in. */
export function refusePassword(error: ErrorFactory, pointer: PasswordCandidate['pointer']): Error {
  const detail = error.definition.title.toLowerCase()
  return error({ fields: [{ pointer, code: error.code, detail }] })
}

/** Parts of the address and of the name, and the tenant; shorter than four would match anything. */
function knownWordsOf(candidate: PasswordCandidate, tenant: TenantRef): readonly string[] {
  const text = [candidate.email, candidate.displayName ?? '', tenant.slug].join(' ').toLowerCase()
  const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= 4)
  return [...new Set(words)].sort((a, b) => b.length - a.length)
}

/** zxcvbn rates a known word well once a few digits follow it. */
function isMadeOfKnownWords(password: string, words: readonly string[]): boolean {
  const lower = password.toLowerCase()
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), lower)
  return rest !== lower && countCharacters(rest) < PASSWORD_OWN_CHARACTERS
}

/** Unassigned code points (noncharacters included) and unpaired surrogates. */
const UNDEFINED_CHARACTER = /[\p{Cn}\p{Cs}]/u
const LETTER = /\p{L}/u
const DIGIT = /\p{Nd}/u
