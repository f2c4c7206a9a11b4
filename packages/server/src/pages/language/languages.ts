import { de } from './de/de.ts'
import { en } from './en/en.ts'
import type { Texts } from './texts.ts'

export interface Language {
  /** BCP 47. */
  readonly tag: string
  /** In the language itself. */
  readonly name: string
  readonly direction: 'ltr' | 'rtl'
  readonly texts: Texts
}

/** The first one is spoken where nothing fits. */
export const LANGUAGES: readonly [Language, ...Language[]] = [
  { tag: 'en', name: 'English', direction: 'ltr', texts: en },
  { tag: 'de', name: 'Deutsch', direction: 'ltr', texts: de },
]

/**
 * The first wish that can be fulfilled, `de` for `de-CH` too.
 * @see RFC 4647 §3.4
 */
export function chooseLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const found = findLanguage(wish)
    if (found !== undefined) return found
  }
  return LANGUAGES[0]
}

export function findLanguage(wish: string): Language | undefined {
  const primary = wish.toLowerCase().split('-')[0]
  return LANGUAGES.find(({ tag }) => tag === primary)
}
