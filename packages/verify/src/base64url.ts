/**
 * Decodes base64url in its one canonical form; anything else gives `undefined`.
 *
 * @see RFC 7515 §2, RFC 4648 §3.5
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  // SECURITY: the decoder skips foreign characters, padding and stray low bits, so many texts stand
  // for the same bytes. Attack: a token altered this way passes a deny list of token hashes.
  return bytes.toString('base64url') === text ? bytes : undefined
}
