import { timingSafeEqual } from 'node:crypto'
import { Secret } from '../../../kernel/index.ts'
import { randomToken, sha256 } from '../../../platform/crypto/index.ts'

/** The prefix lets scanners of published source code find it. 256 random bits follow. */
export function makeClientSecret(): Secret<string> {
  return new Secret(`${PREFIX}${randomToken(32)}`)
}

/** What is stored. The secret has 256 bits, so a plain hash can't be guessed back. */
export function hashClientSecret(secret: Secret<string>): Buffer {
  return sha256(secret.reveal())
}

export function isClientSecret(presented: string, hashes: readonly Buffer[]): boolean {
  return isSecretHash(sha256(presented), hashes)
}

/** Compares all of them, so that its duration tells nothing about a secret. */
export function isSecretHash(presented: Buffer, hashes: readonly Buffer[]): boolean {
  return hashes.map((known) => timingSafeEqual(known, presented)).includes(true)
}

const PREFIX = 'cs_client_'
