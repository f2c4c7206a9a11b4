/**
 * Reads the text form of a distinguished name: relative names from the most to the least specific,
 * each a sorted list of `type=value`. Values stay as they are, types lose their case.
 * @returns undefined for what is none, and for values in hexadecimal, which no certificate gives us
 * @see RFC 4514 §3
 */
export function parseDistinguishedName(text: string): readonly (readonly string[])[] | undefined {
  const relative: string[][] = [[]]
  let rest = text
  for (;;) {
    const [matched, type, value, separator] = ATTRIBUTE.exec(rest) ?? []
    if (matched === undefined || type === undefined || value === undefined) return undefined
    const plain = unescape(value)
    if (plain === undefined) return undefined
    const name = type.toUpperCase()
    relative.at(-1)?.push(`${NAMES_OF_TYPES[name] ?? name}=${plain}`)
    if (separator === '') break
    if (separator === ',') relative.push([])
    rest = rest.slice(matched.length)
  }
  return relative.map((attributes) => attributes.sort())
}

/** `\,` stands for itself, `\2C` for a byte of UTF-8. */
function unescape(value: string): string | undefined {
  if (value.startsWith('#')) return undefined
  const bytes: Buffer[] = []
  for (const [part] of value.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+/gsu)) {
    if (!part.startsWith('\\')) bytes.push(Buffer.from(part))
    else
      bytes.push(part.length === 3 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part.slice(1)))
  }
  return Buffer.concat(bytes).toString('utf8')
}

/** After the comma people write a space; RFC 2253 allowed it. Other spaces at the ends are escaped. */
const ATTRIBUTE =
  /^ ?([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)=((?:\\[0-9A-Fa-f]{2}|\\[ "#+,;<=>\\]|[^"+,;<>\\])*)(,|\+|$)/u

/** What RFC 4514 names by number or otherwise, as OpenSSL calls it. */
const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
  E: 'EMAILADDRESS',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.15': 'BUSINESSCATEGORY',
  '2.5.4.97': 'ORGANIZATIONIDENTIFIER',
  '1.3.6.1.4.1.311.60.2.1.3': 'JURISDICTIONC',
}
