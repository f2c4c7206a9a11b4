import { randomBytes } from 'node:crypto'
import { Secret } from '../../kernel/index.ts'
import { hmacSha256 } from '../../platform/crypto/index.ts'
import { BACKUP_CODE_CHARACTERS, BACKUP_CODE_COUNT } from './policy.ts'

/** Ten different codes such as `4h7k-m2qx-9tzb`. */
export function makeBackupCodes(): readonly Secret<string>[] {
  const codes = new Set<string>()
  while (codes.size < BACKUP_CODE_COUNT) codes.add(makeCode())
  return [...codes].map((code) => new Secret(code))
}

/** People type them as they like: hyphens and case do not count. */
export function isBackupCode(text: string): boolean {
  return CODE_PATTERN.test(text)
}

/** What is stored: without the key, which is sealed, nobody can try codes against the database. */
export function hashBackupCode(key: Uint8Array, code: Secret<string>): Buffer {
  return hmacSha256(key, code.reveal().replaceAll('-', '').toLowerCase())
}

function makeCode(): string {
  const characters = [...randomBytes(BACKUP_CODE_CHARACTERS)].map((byte) => ALPHABET[byte % 32])
  return (characters.join('').match(/.{4}/g) ?? []).join('-')
}

/** Crockford's base 32: no i, l, o, u. 32 divides 256, so that each is as likely. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODE_PATTERN = /^[0-9a-hjkmnp-tv-z]{4}-?[0-9a-hjkmnp-tv-z]{4}-?[0-9a-hjkmnp-tv-z]{4}$/i
