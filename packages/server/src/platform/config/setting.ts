/** What a parser answers: the value, or what is wrong in a sentence without the value. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string; readonly fix: string }

/** One row of the settings table. Parsing, schema, reference and print all derive from it. */
export interface Setting<T, D extends T | undefined = T | undefined> {
  readonly env: `COUNTERSIGN_${string}`
  /** One sentence for the reference. */
  readonly docs: string
  readonly default: D
  /** For the reference where the default is computed. */
  readonly defaultText?: string
  /** Redacted in every print; can also be read from the file named by `{env}_FILE`. */
  readonly secret: boolean
  readonly type: SettingType<T>
}

export interface SettingType<T> {
  /** For the reference: `whole number, 1–65535`. */
  readonly text: string
  readonly jsonSchema: Readonly<Record<string, unknown>>
  readonly fromText: (text: string) => Parsed<T>
  /** From a JSON file. */
  readonly fromJson: (value: unknown) => Parsed<T>
  /** For `config print`. Not called for secrets. */
  print(value: T): string
}

export function plain<T>(
  env: `COUNTERSIGN_${string}`,
  type: SettingType<T>,
  fallback: NoInfer<T>,
  docs: string,
): Setting<T, T> {
  return { env, type, default: fallback, docs, secret: false }
}

export function optional<T>(
  env: `COUNTERSIGN_${string}`,
  type: SettingType<T>,
  docs: string,
  defaultText?: string,
): Setting<T, undefined> {
  const setting = { env, type, default: undefined, docs, secret: false }
  return defaultText === undefined ? setting : { ...setting, defaultText }
}

export function secret<T>(
  env: `COUNTERSIGN_${string}`,
  type: SettingType<T>,
  docs: string,
): Setting<T, undefined> {
  return { env, type, default: undefined, docs, secret: true }
}
