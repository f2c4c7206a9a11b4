/** Why a receiver had no use for an event. @see RFC 8935 §2.3, RFC 8936 §2.4.4 */
export interface SetError {
  readonly err: string
  readonly description?: string | undefined
}

/** Text of others, for administrators: short, and of printable characters. */
export function explainSetError({ err, description }: SetError = { err: 'unknown' }): string {
  const text = description === undefined ? err : `${err}: ${description}`
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200)
}
