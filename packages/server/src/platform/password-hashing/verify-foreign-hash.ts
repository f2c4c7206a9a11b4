import { createCipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto'
import { compareSync } from 'bcryptjs'
import type { ForeignHash, ScryptCost } from './foreign-hash.ts'

/** The kinds that @node-rs/argon2 does not verify. Runs in a worker process only. */
export type ComputedHere = Exclude<ForeignHash, { kind: 'argon2' }>

/** @param input the password in UTF-8, as the other system received it */
export function verifyForeignHash(hash: ComputedHere, input: Uint8Array): boolean {
  switch (hash.kind) {
    case 'bcrypt':
      return verifyBcrypt(hash.modularCrypt, textOf(input))
    case 'scrypt':
      return timingSafeEqual(scrypt(input, hash.salt, hash.tag.length, hash.cost), hash.tag)
    case 'firebase_scrypt':
      return timingSafeEqual(firebaseScrypt(hash, input), hash.tag)
    case 'pbkdf2': {
      const { salt, iterations, tag, digest } = hash
      return timingSafeEqual(pbkdf2Sync(input, salt, iterations, tag.length, digest), tag)
    }
  }
}

/**
 * bcrypt reads the first 72 bytes, so what comes after them never counted in the other system, and
 * does not here. NOTE: the hash that replaces it counts every byte, as typed this time.
 *
 * Implementations on C strings stop at a NUL. An empty rest is not tried.
 * Attack: systems keep the hash of nothing for accounts without a password; a password that begins
 * with NUL would open them.
 */
function verifyBcrypt(modularCrypt: string, password: string): boolean {
  if (compareSync(password, modularCrypt)) return true
  const end = password.indexOf('\0')
  return end > 0 && compareSync(password.slice(0, end), modularCrypt)
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString()
}

/** Firebase encrypts the key of the project with a key that scrypt makes of the password. */
function firebaseScrypt(
  { cost, salt, signerKey }: Extract<ForeignHash, { kind: 'firebase_scrypt' }>,
  input: Uint8Array,
): Uint8Array {
  const key = scrypt(input, salt, 32, cost)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(signerKey)
}

function scrypt(input: Uint8Array, salt: Uint8Array, length: number, cost: ScryptCost): Uint8Array {
  const { logN, blockSize, parallelism } = cost
  const maxmem = 128 * blockSize * (2 ** logN + parallelism + 2)
  return scryptSync(input, salt, length, { N: 2 ** logN, r: blockSize, p: parallelism, maxmem })
}
