import type { Language } from '../language/languages.ts'
import type { Texts } from '../language/texts.ts'

/** What every page of a tenant needs to be shown. */
export interface PageFrame {
  readonly tenant: {
    readonly slug: string
    readonly name: string
    /** What stands in front of every path of the tenant. */
    readonly prefix: string
  }
  readonly language: Language
  /** The same page in the other languages; empty where it can't be asked for again. */
  readonly otherLanguages: readonly LanguageLink[]
  /** For the hidden field of every form; undefined where forms are of another kind. */
  readonly csrfToken: string | undefined
}

export interface LanguageLink {
  readonly tag: string
  readonly name: string
  readonly href: string
}

export function textsOf(frame: PageFrame): Texts {
  return frame.language.texts
}
