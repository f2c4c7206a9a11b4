/** What the browser says about the ceremony. Everything in it comes from the caller. */
export interface ClientData {
  /** base64url, as it was in the options. */
  readonly challenge: string
  readonly isCrossOrigin: boolean
}

/**
 * Reads what is needed before anything is verified: the challenge, to look it up by its hash.
 * @param encoded base64url of the JSON text
 * @returns undefined if it is no such text
 * @see WebAuthn L3 §5.8.1
 */
export function parseClientData(encoded: string): ClientData | undefined {
  const data = parseJson(Buffer.from(encoded, 'base64url').toString())
  if (typeof data !== 'object' || data === null) return undefined
  const { challenge, crossOrigin, topOrigin } = data as Record<string, unknown>
  if (typeof challenge !== 'string' || challenge === '') return undefined
  const isCrossOrigin = (crossOrigin ?? false) !== false || topOrigin !== undefined
  return { challenge, isCrossOrigin }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON is one more thing that the caller is told nothing about.
    return undefined
  }
}
