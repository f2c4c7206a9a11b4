import { z } from 'zod'
import type { ImportedPasswordHash } from '../../platform/password-hashing/index.ts'

/** What is in it is judged by `parseImportedHash`, which says what is wrong. */
const text = z.string().min(1).max(512)

/** A password hash of another system, by its kind. */
export const passwordHashSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['bcrypt', 'argon2', 'scrypt', 'better_auth']), hash: text }),
    z.strictObject({
      kind: z.literal('firebase_scrypt'),
      hash: text,
      salt: text,
      signer_key: text,
      salt_separator: text,
      rounds: z.int().min(1).max(1024),
      mem_cost: z.int().min(1).max(64),
    }),
    z.strictObject({
      kind: z.enum(['pbkdf2_sha256', 'pbkdf2_sha512']),
      hash: text,
      salt: text,
      iterations: z
        .int()
        .min(1)
        .max(2 ** 31),
    }),
  ])
  .transform((body): ImportedPasswordHash => {
    if (body.kind !== 'firebase_scrypt') return body
    const { signer_key, salt_separator, mem_cost, ...rest } = body
    return { ...rest, signerKey: signer_key, saltSeparator: salt_separator, memCost: mem_cost }
  })
