import type { en } from './en/en.ts'

/** Every text of the pages; the English catalogue says which there are. */
export type Texts = Words<typeof en>

type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> }

/** Puts values into `{names}`. The result is text and still has to be escaped. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** The text of a key that comes from elsewhere, or undefined. */
export function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}
