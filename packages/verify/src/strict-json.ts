/** What the text was refused for. */
export type StrictJsonErrorCode =
  | 'duplicate_member'
  | 'too_deep'
  | 'too_many_members'
  | 'bad_utf8'
  | 'nul_character'
  | 'syntax'
  | 'forbidden_member'

/** Thrown by {@link parseStrictJson}; `code` is stable, the message never quotes the text. */
export class StrictJsonError extends Error {
  readonly code: StrictJsonErrorCode

  constructor(code: StrictJsonErrorCode, options?: ErrorOptions) {
    super(messages[code], options)
    this.name = 'StrictJsonError'
    this.code = code
  }
}

export interface StrictJsonLimits {
  /** Levels of objects and arrays, 1 for a flat object. Default 32. */
  readonly maxDepth?: number | undefined
  /** Members of all objects of the text together. Default: no limit but the text's length. */
  readonly maxMembers?: number | undefined
}

/**
 * Parses JSON and refuses every text that two parsers could read differently.
 *
 * @param text the document; bytes must be UTF-8 without a byte order mark.
 * @throws StrictJsonError `bad_utf8` for invalid UTF-8, a byte order mark or a lone surrogate (also
 *   an escaped one), `nul_character` for NUL (also `\u0000`), `syntax`, `too_deep`,
 *   `too_many_members`, `forbidden_member` for `__proto__`, `duplicate_member`.
 * @see RFC 8259 §4, §8; RFC 7493 §2; RFC 8725bis §3 (duplicate members)
 */
export function parseStrictJson(text: string | Uint8Array, limits: StrictJsonLimits = {}): unknown {
  const source = typeof text === 'string' ? text : decodeUtf8(text)
  if (source.charCodeAt(0) === BYTE_ORDER_MARK) throw new StrictJsonError('bad_utf8')
  if (typeof text === 'string' && !text.isWellFormed()) throw new StrictJsonError('bad_utf8')
  if (source.includes('\0')) throw new StrictJsonError('nul_character')

  const value = parse(source)
  const walk: Walk = {
    maxDepth: limits.maxDepth ?? DEFAULT_MAX_DEPTH,
    // NUL and surrogates can still arrive as \u escapes; without one there is nothing to look for.
    checkStrings: source.includes('\\u'),
    members: 0,
  }
  const written = countMembers(source)
  if (written > (limits.maxMembers ?? Number.POSITIVE_INFINITY)) {
    throw new StrictJsonError('too_many_members')
  }
  inspect(value, 1, walk)

  // INVARIANT: the engine keeps one member per distinct unescaped name, so the text has a duplicate
  // exactly when it wrote more members than were kept. Attack: two readers see different claims.
  if (written !== walk.members) throw new StrictJsonError('duplicate_member')
  return value
}

interface Walk {
  readonly maxDepth: number
  readonly checkStrings: boolean
  members: number
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new StrictJsonError('bad_utf8', { cause })
  }
}

function parse(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    // The engine's message quotes the text, which may be a secret: it is not kept as the cause.
    throw new StrictJsonError('syntax')
  }
}

/** Counts the name separators outside strings; `source` is known to be valid JSON. */
function countMembers(source: string): number {
  let members = 0
  let inString = false
  for (let at = 0; at < source.length; at++) {
    const unit = source.charCodeAt(at)
    if (unit === QUOTE) inString = !inString
    else if (inString && unit === BACKSLASH) at++
    else if (!inString && unit === COLON) members++
  }
  return members
}

function inspect(value: unknown, depth: number, walk: Walk): void {
  if (typeof value === 'string') {
    if (walk.checkStrings) checkString(value)
    return
  }
  if (typeof value !== 'object' || value === null) return
  // The depth is checked before each descent, so this recursion is never deeper than the limit.
  if (depth > walk.maxDepth) throw new StrictJsonError('too_deep')
  if (Array.isArray(value)) {
    for (const element of value) inspect(element, depth + 1, walk)
    return
  }
  const object = value as Record<string, unknown>
  for (const name of Object.keys(object)) {
    walk.members++
    // SECURITY: prototype pollution when the value is later merged into another object.
    if (name === '__proto__') throw new StrictJsonError('forbidden_member')
    if (walk.checkStrings) checkString(name)
    inspect(object[name], depth + 1, walk)
  }
}

function checkString(value: string): void {
  if (value.includes('\0')) throw new StrictJsonError('nul_character')
  if (!value.isWellFormed()) throw new StrictJsonError('bad_utf8')
}

const DEFAULT_MAX_DEPTH = 32
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const BYTE_ORDER_MARK = 0xfeff

// `ignoreBOM` keeps the mark in the output, where it is refused.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const messages: Record<StrictJsonErrorCode, string> = {
  duplicate_member: 'an object has two members of the same name',
  too_deep: 'the text is nested too deeply',
  too_many_members: 'the text has too many members',
  bad_utf8: 'the text is not well-formed UTF-8',
  nul_character: 'the text contains a NUL character',
  syntax: 'the text is not JSON',
  forbidden_member: 'an object has a member named `__proto__`',
}
