import {
  type ErrorFactory,
  type RequestContext,
  Secret,
  type TenantRef,
} from '../../kernel/index.ts'
import type { IdentityDependencies } from './dependencies.ts'
import { identityErrors } from './errors.ts'
import {
  PASSWORD_MAX_CHARACTERS,
  PASSWORD_MINIMUM_SCORE,
  PASSWORD_OWN_CHARACTERS,
} from './limits.ts'
import { countCharacters } from './count-characters.ts'
import { loadPasswordStrength } from './password-strength.ts'

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
 * password_too_common, password_too_weak, password_breached
 */
export async function checkNewPassword(
  { breachedPasswords }: Pick<IdentityDependencies, 'breachedPasswords'>,
  context: RequestContext,
  candidate: PasswordCandidate,
): Promise<void> {
  const text = checkPasswordForm(candidate, context.tenant.policy.passwordMinimumLength)
  const strength = await loadPasswordStrength()
  if (strength.isCommon(text)) throw refusal(identityErrors.password_too_common, candidate)
  const words = knownWordsOf(candidate, context.tenant)
  const isWeak =
    isMadeOfKnownWords(text, words) || strength.score(text, words) < PASSWORD_MINIMUM_SCORE
  if (isWeak) throw refusal(identityErrors.password_too_weak, candidate)
  if ((await breachedPasswords?.isBreached(new Secret(text))) === true) {
    throw refusal(identityErrors.password_breached, candidate)
  }
}

/** Length is counted in code points of the NFC form, which is what is hashed. */
function checkPasswordForm(candidate: PasswordCandidate, minimum: number): string {
  const raw = candidate.password.reveal()
  // The normal form of an unassigned character may change when Unicode assigns it.
  if (UNDEFINED_CHARACTER.test(raw)) {
    throw refusal(identityErrors.password_unsupported_characters, candidate)
  }
  const text = raw.normalize('NFC')
  const characters = countCharacters(text)
  if (characters > PASSWORD_MAX_CHARACTERS) {
    throw refusal(identityErrors.password_too_long, candidate)
  }
  if (characters < minimum) throw refusal(identityErrors.password_too_short, candidate)
  return text
}

function refusal(error: ErrorFactory, { pointer }: PasswordCandidate): Error {
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
