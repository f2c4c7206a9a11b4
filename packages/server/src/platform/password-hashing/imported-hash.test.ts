import { pbkdf2Sync } from 'node:crypto'
import { hashSync } from '@node-rs/argon2'
import bcrypt from 'bcryptjs'
import { afterAll, describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { createPasswordHasher, type ImportedPasswordHash, parseImportedHash } from './index.ts'

const cheap = { memoryKib: 256, iterations: 1, parallelism: 1, workers: 1, queueLimit: 64 }
const hasher = createPasswordHasher(cheap)
afterAll(() => hasher.close())

function stored(input: string | ImportedPasswordHash): string {
  const verdict = parseImportedHash(input)
  if ('refused' in verdict) throw new Error(`refused: ${verdict.refused}`)
  return verdict.stored
}

async function matches(password: string, input: string | ImportedPasswordHash): Promise<boolean> {
  return (await hasher.verify(new Secret(password), stored(input))).matches
}

/** Of the README of firebase/scrypt. */
const firebase = {
  kind: 'firebase_scrypt',
  hash: 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  salt: '42xEC+ixf3L2lw==',
  signerKey:
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  saltSeparator: 'Bw==',
  rounds: 8,
  memCost: 14,
} as const

/** Of a realm that Keycloak exported: `secretData` and `credentialData`. */
const keycloak = {
  kind: 'pbkdf2_sha256',
  hash: 'A3okqV2T/ybXTVEgKfosoSjP8Yc9IZbFP/SY4cEd6hag7TABQrQ6nUSuwagGt96l8cw1DTijO75PqX6uiTXMzw==',
  salt: 'sl4mXx6T9FypPH/s9TngfQ==',
  iterations: 27_500,
} as const

/** RFC 7914 §11. */
const rfc7914 = {
  kind: 'pbkdf2_sha256',
  hash: Buffer.from(
    '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56' +
      'a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
    'hex',
  ).toString('base64'),
  salt: Buffer.from('NaCl').toString('base64'),
  iterations: 80_000,
} as const

const sha512 = {
  kind: 'pbkdf2_sha512',
  hash: pbkdf2Sync('gravel harp', Buffer.alloc(16, 7), 1000, 64, 'sha512').toString('base64'),
  salt: Buffer.alloc(16, 7).toString('base64'),
  iterations: 1000,
} as const

/** Made by better-auth 1.7.25; the second password has a ligature that NFKC takes apart. */
const betterAuth =
  '82ac75c19cb2aa4bc5139744479d8c04:9a021e6b9baf9f922c480ed316399f69c549584a445181aede1e9caf5806b3695675ee6057fe0fef8330bbea7efb290804ecd9f0fd5d458ee7a32769336a8556'
const betterAuthLigature =
  '188a8b28fd5b78747cf45520d0bd984b:eb84ab91b3559528270117d2e09f2af09419e8c513f0024a8069c5bda2deeffe3552228a8c7d1ba39407aaed70780853361c2f03709745b9abe51cf9dff0c9aa'

describe('hashes of other systems', () => {
  it.each<[string, string, string | ImportedPasswordHash]>([
    ['crypt_blowfish $2a$', 'U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
    [
      'crypt_blowfish, as $2b$',
      'U*U*U',
      '$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a',
    ],
    [
      'crypt_blowfish, as $2y$',
      'U*U',
      '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    ],
    [
      'the argon2i reference',
      'password',
      '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA',
    ],
    [
      'the argon2id reference',
      'password',
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
    [
      'argon2d',
      'password',
      '$argon2d$v=19$m=256,t=1,p=1$Nlc73k+QQWDOFM6sRowkfA$VSW9/nhmiTUDDuZb0fUoQcxYItqK4hIR8UupqsOHHVU',
    ],
    [
      'the scrypt of RFC 7914 §12 (N=16384, r=8, p=1)',
      'pleaseletmein',
      `$scrypt$ln=14,r=8,p=1$${unpadded(Buffer.from('SodiumChloride'))}$${unpadded(
        Buffer.from(
          '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
            'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
          'hex',
        ),
      )}`,
    ],
    ['Better Auth', 'plinth-ochre-tandem-41', betterAuth],
    ['Better Auth, which applies NFKC', 'ﬁsh päss-9', betterAuthLigature],
    ['Better Auth, with what NFKC makes of it', 'fish päss-9', betterAuthLigature],
    ['Firebase', 'user1password', firebase],
    ['Keycloak pbkdf2-sha256', 'alice', keycloak],
    ['RFC 7914 PBKDF2', 'Password', rfc7914],
    ['PBKDF2 with SHA-512', 'gravel harp', sha512],
  ])('match the password of %s and ask for a new hash', async (_, password, input) => {
    expect(await hasher.verify(new Secret(password), stored(input))).toEqual({
      matches: true,
      needsRehash: true,
    })
    expect(await hasher.verify(new Secret(`${password}x`), stored(input))).toEqual({
      matches: false,
      needsRehash: false,
    })
  })

  it('take the password as received, not in NFC', async () => {
    const decomposed = 'pa\u0308ss'
    const input = bcrypt.hashSync(decomposed, 4)

    expect(await matches(decomposed, input)).toBe(true)
    expect(await matches(decomposed.normalize('NFC'), input)).toBe(false)
  })

  it('are verified without the pepper', async () => {
    const pepper = new Secret<Uint8Array>(Buffer.alloc(32, 'a'))
    const peppered = createPasswordHasher({ ...cheap, pepper })
    const verification = await peppered.verify(new Secret('alice'), stored(keycloak))
    await peppered.close()

    expect(verification).toEqual({ matches: true, needsRehash: true })
  })
})

describe('bcrypt as other systems compute it', () => {
  it('counts the first 72 bytes only, also inside of a character', async () => {
    const ascii = bcrypt.hashSync('x'.repeat(100), 4)
    const multibyte = bcrypt.hashSync(`${'x'.repeat(71)}é`, 4)

    expect(await matches('x'.repeat(72), ascii)).toBe(true)
    expect(await matches(`${'x'.repeat(72)}other`, ascii)).toBe(true)
    expect(await matches('x'.repeat(71), ascii)).toBe(false)
    // é and è share their first byte.
    expect(await matches(`${'x'.repeat(71)}è`, multibyte)).toBe(true)
  })

  it('accepts a NUL as a character, and as the end as C does', async () => {
    const whole = bcrypt.hashSync('a\0b', 4)
    const cut = bcrypt.hashSync('a', 4)

    expect(await matches('a\0b', whole)).toBe(true)
    expect(await matches('a\0c', whole)).toBe(false)
    expect(await matches('a', whole)).toBe(false)
    expect(await matches('a\0b', cut)).toBe(true)
    expect(await matches('b\0a', cut)).toBe(false)
  })

  it('does not open the hash of nothing with a password that begins with NUL', async () => {
    expect(await matches('\0anything', bcrypt.hashSync('', 4))).toBe(false)
  })
})

describe('parseImportedHash', () => {
  const salt = 'c2FsdHNhbHQ'
  const tag = 'A'.repeat(43)
  const argon2 = (parameters: string) => `$argon2id$v=19$${parameters}$${salt}$${tag}`
  const scrypt = (parameters: string) => `$scrypt$${parameters}$${salt}$${tag}`
  const bcryptOf = (cost: string) => `$2b$${cost}$${'a'.repeat(53)}`

  it.each<[string, string | ImportedPasswordHash]>([
    ['bcrypt 15', bcryptOf('15')],
    ['argon2 of 256 MiB', argon2('m=262144,t=4,p=16')],
    ['argon2 of 20 passes', argon2('m=51200,t=20,p=1')],
    ['scrypt of 256 MiB', scrypt('ln=18,r=8,p=2')],
    ['PBKDF2 of four million iterations', { ...sha512, iterations: 4_000_000 }],
  ])('accepts the cost of %s', (_, input) => {
    expect(parseImportedHash(input)).toHaveProperty('stored')
  })

  it.each<[string, string | ImportedPasswordHash]>([
    ['bcrypt 16', bcryptOf('16')],
    ['argon2 with more than 256 MiB', argon2('m=262145,t=1,p=1')],
    ['argon2 with too many passes for its memory', argon2('m=262144,t=5,p=1')],
    ['argon2 with 21 passes', argon2('m=256,t=21,p=1')],
    ['argon2 with 17 lanes', argon2('m=256,t=1,p=17')],
    ['argon2 with a huge number', argon2('m=9999999999,t=1,p=1')],
    ['scrypt with more than 256 MiB', scrypt('ln=19,r=8,p=1')],
    ['scrypt with too much parallel work', scrypt('ln=18,r=8,p=3')],
    ['scrypt with ln=99', scrypt('ln=99,r=8,p=1')],
    ['Firebase with a large mem_cost', { ...firebase, memCost: 19 }],
    ['Firebase with many rounds', { ...firebase, rounds: 1_000_000 }],
    ['PBKDF2 with too many iterations', { ...sha512, iterations: 4_000_001 }],
    ['PBKDF2 whose second block doubles the work', { ...keycloak, iterations: 2_000_001 }],
  ])('refuses %s before computing anything', async (_, input) => {
    expect(parseImportedHash(input)).toEqual({ refused: 'too_costly' })
  })

  it.each<[string, string | ImportedPasswordHash]>([
    ['a cost below 4', bcryptOf('03')],
    ['bcrypt with a character too few', bcryptOf('10').slice(0, -1)],
    ['the faulty $2x$', bcryptOf('10').replace('2b', '2x')],
    ['argon2 without version', argon2('m=256,t=1,p=1').replace('$v=19', '')],
    ['argon2 with less than 8 blocks a lane', argon2('m=15,t=1,p=2')],
    ['argon2 with no pass', argon2('m=256,t=0,p=1')],
    ['argon2 with no lane', argon2('m=256,t=1,p=0')],
    [
      'argon2 with a salt that Argon2 does not read',
      argon2('m=256,t=1,p=1').replace(salt, 'A'.repeat(65)),
    ],
    ['a line break at the end', `${argon2('m=256,t=1,p=1')}\n`],
    ['scrypt with N=1', scrypt('ln=0,r=8,p=1')],
    ['scrypt with no blocks', scrypt('ln=14,r=0,p=1')],
    ['scrypt with no lane', scrypt('ln=14,r=8,p=0')],
    ['scrypt with an N too large for its r', scrypt('ln=16,r=1,p=1')],
    ['a hash of ours, as scrypt', { kind: 'scrypt', hash: `v1$nfkc${scrypt('ln=14,r=8,p=1')}` }],
    ['one kind under the name of another', { kind: 'bcrypt', hash: argon2('m=256,t=1,p=1') }],
    ['Better Auth with a short key', { kind: 'better_auth', hash: betterAuth.slice(0, -2) }],
    ['PBKDF2 with no iteration', { ...keycloak, iterations: 0 }],
    ['PBKDF2 with half an iteration', { ...keycloak, iterations: 1000.5 }],
    ['PBKDF2 with a short tag', { ...keycloak, hash: 'AAAA' }],
    ['PBKDF2 with a dollar in its salt', { ...keycloak, salt: 'AAAAAAAA$AAAA' }],
    [
      'Firebase with a hash that is no encrypted key',
      { ...firebase, hash: firebase.hash.slice(4) },
    ],
    ['Firebase with parameters in its separator', { ...firebase, saltSeparator: 'Bw,ln=1' }],
  ])('refuses %s as malformed', (_, input) => {
    expect(parseImportedHash(input)).toEqual({ refused: 'malformed' })
  })

  it.each(['', 'plaintext', '$1$md5', '$6$sha512$x', 'v1$nfc$argon2id$v=19$m=256,t=1,p=1$x$y'])(
    'does not recognise `%s`',
    (text) => {
      expect(parseImportedHash(text)).toEqual({ refused: 'unsupported' })
    },
  )

  it('reads base64 with padding, without, and in the alphabet for URLs', async () => {
    const urlSafe = { ...firebase, hash: firebase.hash.replaceAll('/', '_').replaceAll('+', '-') }
    const bare = {
      ...keycloak,
      hash: keycloak.hash.replace('==', ''),
      salt: 'sl4mXx6T9FypPH/s9TngfQ',
    }

    expect(parseImportedHash(urlSafe)).toEqual(parseImportedHash(firebase))
    expect(parseImportedHash(bare)).toEqual(parseImportedHash(keycloak))
  })

  it('reads the longest salt that Argon2 reads', async () => {
    const options = { memoryCost: 256, timeCost: 1, parallelism: 1, salt: Buffer.alloc(48, 1) }

    expect(await matches('long', hashSync('long', options))).toBe(true)
  })
})

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
