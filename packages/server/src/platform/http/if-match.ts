/**
 * The tags that `If-Match` names, without their quotes; undefined if it asks for nothing that a
 * resource that is there could lack. A header that can't be read names no tag, so nothing matches.
 * @see RFC 9110 §13.1.1: weak tags never match.
 */
export function parseIfMatch(header: string | undefined): readonly string[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  if (!LIST.test(header)) return []
  return [...header.matchAll(TAG)].flatMap(([, weak, tag = '']) =>
    weak === undefined ? [tag] : [],
  )
}

/** RFC 9110 §8.8.3. */
const TAG = /(W\/)?"([\x21\x23-\x7e]{0,200})"/g
const LIST = /^\s*(?:W\/)?"[\x21\x23-\x7e]{0,200}"(?:\s*,\s*(?:W\/)?"[\x21\x23-\x7e]{0,200}")*\s*$/
