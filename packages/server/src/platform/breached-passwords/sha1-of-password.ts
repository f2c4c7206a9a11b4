import { createHash } from 'node:crypto'
import type { Secret } from '../../kernel/index.ts'

/** 40 upper-case hexadecimal digits: the key of the lists. It protects nothing. */
export function sha1OfPassword(password: Secret<string>): string {
  return createHash('sha1').update(password.reveal()).digest('hex').toUpperCase()
}
