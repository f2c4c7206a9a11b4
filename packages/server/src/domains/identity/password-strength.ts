import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { isCommonAtHeart } from './is-common-at-heart.ts'
import { PASSWORD_SCORED_CHARACTERS } from './limits.ts'

export interface PasswordStrength {
  /**
   * Whether it is on the list of common passwords, whatever its case, or one of them with a few
   * digits and signs around it. @see isCommonAtHeart
   */
  isCommon(password: string): boolean
  /**
   * zxcvbn's 0 to 4, of the first 64 characters.
   * @param knownWords what an attacker knows of the owner
   */
  score(password: string, knownWords: readonly string[]): number
}

/** Loads the dictionaries (a quarter of a second, 20 MB) when the first password needs them. */
export function loadPasswordStrength(): Promise<PasswordStrength> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  return loading
}

let loading: Promise<PasswordStrength> | undefined

async function load(): Promise<PasswordStrength> {
  const [core, languageCommon, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ])
  const zxcvbn: ZxcvbnFactory = new core.ZxcvbnFactory({
    dictionary: { ...languageCommon.dictionary, ...english.dictionary },
    graphs: languageCommon.adjacencyGraphs,
    maxLength: PASSWORD_SCORED_CHARACTERS,
    l33tMaxSubstitutions: LEET_SUBSTITUTIONS,
  })
  const common = new Set(languageCommon.dictionary['passwords-common'].map(String))
  return {
    isCommon: (password) => isCommonAtHeart(password, (text) => common.has(text)),
    score: (password, knownWords) => {
      const scored = password.slice(0, PASSWORD_SCORED_CHARACTERS)
      return zxcvbn.check(scored, [...knownWords]).score
    },
  }
}

/** zxcvbn tries 100 by default, which takes 0.15 s for 64 characters full of digits and signs. */
const LEET_SUBSTITUTIONS = 10
