/**
 * A password hash that another system made and that was imported. It says nothing about pepper or
 * Unicode form: the password goes in as received, unless `nfkc`.
 */
export type ForeignHash =
  | { readonly kind: 'argon2'; readonly phc: string }
  | { readonly kind: 'bcrypt'; readonly modularCrypt: string }
  | {
      readonly kind: 'scrypt'
      /** Better Auth brings the password to NFKC first. */
      readonly nfkc: boolean
      readonly cost: ScryptCost
      readonly salt: Uint8Array
      readonly tag: Uint8Array
    }
  | {
      readonly kind: 'firebase_scrypt'
      readonly cost: ScryptCost
      /** The user's salt, then the separator of the project. */
      readonly salt: Uint8Array
      readonly signerKey: Uint8Array
      readonly tag: Uint8Array
    }
  | {
      readonly kind: 'pbkdf2'
      readonly digest: 'sha256' | 'sha512'
      readonly iterations: number
      readonly salt: Uint8Array
      readonly tag: Uint8Array
    }

/** RFC 7914 §2: N is 2^logN. */
export interface ScryptCost {
  readonly logN: number
  readonly blockSize: number
  readonly parallelism: number
}

export type ForeignHashDefect = 'malformed' | 'too_costly'

/**
 * Reads the form in which foreign hashes are stored. Nothing is computed.
 *
 * Attack: an administrator of one tenant imports hashes that take minutes or gigabytes, and signs in
 * with them. What may be imported takes about two seconds and 256 MiB at most.
 */
export function readForeignHash(text: string): ForeignHash | ForeignHashDefect {
  for (const { pattern, read } of FORMS) {
    const groups = pattern.exec(text)?.groups
    if (groups !== undefined) return read(groups)
  }
  return 'malformed'
}

type Groups = Readonly<Record<string, string | undefined>>

interface Form {
  readonly pattern: RegExp
  readonly read: (groups: Groups) => ForeignHash | ForeignHashDefect
}

function readBcrypt(groups: Groups): ForeignHash | ForeignHashDefect {
  const cost = Number(groups['cost'])
  if (cost < 4) return 'malformed'
  if (cost > MAX_BCRYPT_COST) return 'too_costly'
  return { kind: 'bcrypt', modularCrypt: groups['all'] ?? '' }
}

function readArgon2(groups: Groups): ForeignHash | ForeignHashDefect {
  const [memoryKib, iterations, lanes] = [groups['m'], groups['t'], groups['p']].map(Number)
  if (memoryKib === undefined || iterations === undefined || lanes === undefined) return 'malformed'
  // RFC 9106 §3.1: memory is at least 8 blocks per lane.
  if (iterations < 1 || lanes < 1 || memoryKib < 8 * lanes) return 'malformed'
  const isCheap = memoryKib <= MAX_MEMORY_KIB && memoryKib * iterations <= MAX_ARGON2_WORK
  if (!isCheap || iterations > MAX_ARGON2_ITERATIONS || lanes > MAX_LANES) return 'too_costly'
  return { kind: 'argon2', phc: groups['all'] ?? '' }
}

function readScrypt(groups: Groups): ForeignHash | ForeignHashDefect {
  const cost = readScryptCost(groups)
  if (typeof cost === 'string') return cost
  const nfkc = groups['nfkc'] !== undefined
  return { kind: 'scrypt', nfkc, cost, salt: bytesOf(groups['salt']), tag: bytesOf(groups['tag']) }
}

function readFirebase(groups: Groups): ForeignHash | ForeignHashDefect {
  const cost = readScryptCost({ ...groups, p: '1' })
  if (typeof cost === 'string') return cost
  const signerKey = bytesOf(groups['key'])
  const tag = bytesOf(groups['tag'])
  // The tag is the encrypted signer key.
  if (signerKey.length !== tag.length) return 'malformed'
  const salt = Buffer.concat([bytesOf(groups['salt']), bytesOf(groups['sep'])])
  return { kind: 'firebase_scrypt', cost, salt, signerKey, tag }
}

function readScryptCost(groups: Groups): ScryptCost | ForeignHashDefect {
  const [logN, blockSize, parallelism] = [groups['ln'], groups['r'], groups['p']].map(Number)
  if (logN === undefined || blockSize === undefined || parallelism === undefined) return 'malformed'
  // RFC 7914 §2: N is larger than 1 and less than 2^(128 * r / 8).
  if (logN < 1 || blockSize < 1 || parallelism < 1 || logN >= 16 * blockSize) return 'malformed'
  const blocks = 2 ** logN * blockSize
  const isCheap = blocks <= MAX_SCRYPT_BLOCKS && blocks * parallelism <= MAX_SCRYPT_WORK
  return isCheap ? { logN, blockSize, parallelism } : 'too_costly'
}

function readPbkdf2(groups: Groups): ForeignHash | ForeignHashDefect {
  const digest = groups['digest'] === 'sha512' ? 'sha512' : 'sha256'
  const iterations = Number(groups['i'])
  const tag = bytesOf(groups['tag'])
  if (iterations < 1) return 'malformed'
  // RFC 8018 §5.2: each block of output takes all iterations again.
  const blocks = Math.ceil(tag.length / (digest === 'sha512' ? 64 : 32))
  if (iterations * blocks > MAX_PBKDF2_WORK) return 'too_costly'
  return { kind: 'pbkdf2', digest, iterations, salt: bytesOf(groups['salt']), tag }
}

function bytesOf(base64: string | undefined): Uint8Array {
  return Buffer.from(base64 ?? '', 'base64')
}

/** 2^15 rounds take two and a half seconds; each step doubles it. */
const MAX_BCRYPT_COST = 15
const MAX_MEMORY_KIB = 262_144
const MAX_ARGON2_ITERATIONS = 20
const MAX_LANES = 16
/** KiB times passes. */
const MAX_ARGON2_WORK = 1_048_576
/** Of 128 bytes: 256 MiB. */
const MAX_SCRYPT_BLOCKS = 2 ** 21
const MAX_SCRYPT_WORK = 2 ** 22
const MAX_PBKDF2_WORK = 4_000_000

const B64 = '[A-Za-z0-9+/]'
/** Of scrypt and PBKDF2: salt of 4 to 64 bytes, tag of 16 to 128. */
const SALT_AND_TAG = `\\$(?<salt>${B64}{6,86})\\$(?<tag>${B64}{22,171})`

const FORMS: readonly Form[] = [
  {
    // `$2x$` marks hashes of a faulty implementation; `$2$` has another meaning.
    pattern: /^(?<all>\$2[aby]\$(?<cost>\d{2})\$[./A-Za-z0-9]{53})$/,
    read: readBcrypt,
  },
  {
    pattern: new RegExp(
      '^(?<all>\\$argon2(?:id|i|d)\\$v=19\\$m=(?<m>\\d{1,10}),t=(?<t>\\d{1,10}),p=(?<p>\\d{1,8})' +
        `\\$${B64}{11,64}\\$${B64}{22,86})$`,
    ),
    read: readArgon2,
  },
  {
    pattern: new RegExp(
      '^(?<nfkc>v1\\$nfkc)?\\$scrypt\\$ln=(?<ln>\\d{1,2}),r=(?<r>\\d{1,9}),p=(?<p>\\d{1,9})' +
        `${SALT_AND_TAG}$`,
    ),
    read: readScrypt,
  },
  {
    pattern: new RegExp(
      '^\\$firebase-scrypt\\$ln=(?<ln>\\d{1,2}),r=(?<r>\\d{1,9})' +
        `,sep=(?<sep>${B64}{0,86}),key=(?<key>${B64}{22,171})${SALT_AND_TAG}$`,
    ),
    read: readFirebase,
  },
  {
    pattern: new RegExp(`^\\$pbkdf2-(?<digest>sha256|sha512)\\$i=(?<i>\\d{1,10})${SALT_AND_TAG}$`),
    read: readPbkdf2,
  },
]
