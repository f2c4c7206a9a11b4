/**
 * Translates a parameter into PostgreSQL's text format; bytes go in binary.
 * @throws TypeError for a value that has no column type here (objects must be given as JSON text).
 */
export function encodeParameter(value: unknown): string | Buffer | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return encodeArray(value)
  return encodeScalar(value)
}

function encodeScalar(value: unknown): string | Buffer {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value
  throw new TypeError('a SQL parameter must be text, number, boolean, Date, Buffer or an array')
}

function encodeArray(values: readonly unknown[]): string {
  return `{${values.map(encodeElement).join(',')}}`
}

function encodeElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const scalar = encodeScalar(value)
  if (Buffer.isBuffer(scalar)) return `"\\\\x${scalar.toString('hex')}"`
  return SPECIAL.test(scalar) ? `"${scalar.replaceAll(SPECIALS, '\\$&')}"` : `"${scalar}"`
}

const SPECIAL = /["\\]/
const SPECIALS = /["\\]/g
