import { type ForeignHashDefect, readForeignHash } from './foreign-hash.ts'

/** A hash as another system exports it. Texts are base64, padded or not, where nothing is said. */
export type ImportedPasswordHash =
  /** `$2a$`, `$2b$` or `$2y$`; a PHC string of `argon2id`, `argon2i`, `argon2d` or `scrypt`. */
  | { readonly kind: 'bcrypt' | 'argon2' | 'scrypt'; readonly hash: string }
  /** `salt:key` in hexadecimal, as Better Auth keeps it in `account.password`. */
  | { readonly kind: 'better_auth'; readonly hash: string }
  | {
      readonly kind: 'firebase_scrypt'
      readonly hash: string
      readonly salt: string
      /** The password hash parameters of the project. */
      readonly signerKey: string
      readonly saltSeparator: string
      readonly rounds: number
      readonly memCost: number
    }
  /** `value`, `salt` and `hashIterations` of a Keycloak credential. */
  | {
      readonly kind: 'pbkdf2_sha256' | 'pbkdf2_sha512'
      readonly hash: string
      readonly salt: string
      readonly iterations: number
    }

export type ImportVerdict =
  /** What the database keeps and `verify` understands. */
  { readonly stored: string } | { readonly refused: 'unsupported' | ForeignHashDefect }

/**
 * Brings a hash of another system into the form that is stored. Nothing is computed.
 * @param input an object that names its kind, or text that shows it by its prefix
 */
export function parseImportedHash(input: string | ImportedPasswordHash): ImportVerdict {
  const imported = typeof input === 'string' ? recognise(input) : input
  if (imported === undefined) return { refused: 'unsupported' }
  const stored = toStoredForm(imported)
  // What is stored is what the caller said it is, and never in a form of our own.
  if (stored === undefined || !stored.startsWith(PREFIXES[imported.kind])) {
    return { refused: 'malformed' }
  }
  const hash = readForeignHash(stored)
  return typeof hash === 'string' ? { refused: hash } : { stored }
}

function recognise(hash: string): ImportedPasswordHash | undefined {
  if (BETTER_AUTH.test(hash)) return { kind: 'better_auth', hash }
  const kinds = ['bcrypt', 'argon2', 'scrypt'] as const
  const kind = kinds.find((candidate) => hash.startsWith(PREFIXES[candidate]))
  return kind === undefined ? undefined : { kind, hash }
}

function toStoredForm(input: ImportedPasswordHash): string | undefined {
  switch (input.kind) {
    case 'bcrypt':
    case 'argon2':
    case 'scrypt':
      return input.hash
    case 'better_auth':
      return toBetterAuthForm(input.hash)
    case 'firebase_scrypt':
      return toFirebaseForm(input)
    case 'pbkdf2_sha256':
    case 'pbkdf2_sha512': {
      const [salt, tag] = [unpadded(input.salt), unpadded(input.hash)]
      return `${PREFIXES[input.kind]}i=${input.iterations}$${salt}$${tag}`
    }
  }
}

function toBetterAuthForm(text: string): string | undefined {
  const { salt, key } = BETTER_AUTH.exec(text)?.groups ?? {}
  if (salt === undefined || key === undefined) return undefined
  // The salt goes in as its hexadecimal text, not as the bytes that this stands for.
  const salted = unpadded(Buffer.from(salt).toString('base64'))
  const tag = unpadded(Buffer.from(key, 'hex').toString('base64'))
  return `${PREFIXES.better_auth}ln=14,r=16,p=1$${salted}$${tag}`
}

/**
 * NOTE: the signer key of the project is stored beside the hash. It is no pepper any more: whoever
 * reads the database can search for the password as with any scrypt hash, until the next sign-in
 * replaces it.
 */
function toFirebaseForm(input: Extract<ImportedPasswordHash, { kind: 'firebase_scrypt' }>): string {
  const key = unpadded(input.signerKey)
  const separator = unpadded(input.saltSeparator)
  const parameters = `ln=${input.memCost},r=${input.rounds},sep=${separator},key=${key}`
  return `${PREFIXES.firebase_scrypt}${parameters}$${unpadded(input.salt)}$${unpadded(input.hash)}`
}

/** Firebase exports in the alphabet for URLs at times. */
function unpadded(base64: string): string {
  return base64
    .replace(/={1,2}$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
}

/** Better Auth: 16 bytes of salt, 64 of key. */
const BETTER_AUTH = /^(?<salt>[0-9a-f]{32}):(?<key>[0-9a-f]{128})$/

const PREFIXES = {
  bcrypt: '$2',
  argon2: '$argon2',
  scrypt: '$scrypt$',
  better_auth: 'v1$nfkc$scrypt$',
  firebase_scrypt: '$firebase-scrypt$',
  pbkdf2_sha256: '$pbkdf2-sha256$',
  pbkdf2_sha512: '$pbkdf2-sha512$',
} as const
