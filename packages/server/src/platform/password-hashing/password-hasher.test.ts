import { readFileSync } from 'node:fs'
import { availableParallelism, getPriority } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { hashSync } from '@node-rs/argon2'
import { AppError, Secret } from '../../kernel/index.ts'
import { createPasswordHasher, isUsablePasswordHash, type PasswordHasher } from './index.ts'

const cheap = { memoryKib: 256, iterations: 1, parallelism: 1, workers: 2, queueLimit: 64 }
/** Takes about a second. */
const slow = { memoryKib: 262_144, iterations: 6, parallelism: 1, workers: 1, queueLimit: 1 }
const pepperA = new Secret<Uint8Array>(Buffer.alloc(32, 'a'))
const pepperB = new Secret<Uint8Array>(Buffer.alloc(32, 'b'))

const started: PasswordHasher[] = []
function start(options: Parameters<typeof createPasswordHasher>[0]): PasswordHasher {
  const hasher = createPasswordHasher(options)
  started.push(hasher)
  return hasher
}
afterAll(() => Promise.all(started.map((hasher) => hasher.close())))

const password = new Secret('correct horse battery staple')

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function refusalOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof AppError)) throw new Error('expected an AppError')
  return error
}

describe('password hasher', () => {
  const hasher = start(cheap)

  it('verifies the password that it hashed and no other', async () => {
    const stored = await hasher.hash(password)

    expect(stored).toMatch(/^v1\$nfc\$argon2id\$v=19\$m=256,t=1,p=1\$/)
    expect(await hasher.verify(password, stored)).toEqual({ matches: true, needsRehash: false })
    expect(await hasher.verify(new Secret('Correct horse battery staple'), stored)).toEqual({
      matches: false,
      needsRehash: false,
    })
  })

  it('gives two hashes of one password that differ', async () => {
    expect(await hasher.hash(password)).not.toBe(await hasher.hash(password))
  })

  it('takes canonically equivalent spellings of a password as one', async () => {
    const stored = await hasher.hash(new Secret('p\u00e4ssw\u00f6rt 🐎 密码'))

    const decomposed = new Secret('pa\u0308sswo\u0308rt 🐎 密码')
    expect((await hasher.verify(decomposed, stored)).matches).toBe(true)
    const compatible = new Secret('\uff50\u00e4ssw\u00f6rt 🐎 密码')
    expect((await hasher.verify(compatible, stored)).matches).toBe(false)
  })

  it.each([
    ['after 72 bytes', 'x'.repeat(72)],
    ['after a NUL', 'a\0'],
    ['after 1,000 characters', 'y'.repeat(1000)],
  ])('does not cut a password %s', async (_, common) => {
    const stored = await hasher.hash(new Secret(`${common}1`))

    expect((await hasher.verify(new Secret(`${common}2`), stored)).matches).toBe(false)
    expect((await hasher.verify(new Secret(common), stored)).matches).toBe(false)
  })

  it('keeps the spaces around a password', async () => {
    const stored = await hasher.hash(new Secret(' a b '))

    expect((await hasher.verify(new Secret('a b'), stored)).matches).toBe(false)
  })

  it.each([
    ['memory', { memoryKib: 512 }],
    ['iterations', { iterations: 2 }],
    ['parallelism', { parallelism: 2 }],
  ])('asks for a new hash when the %s changed', async (_, change) => {
    const stored = await start({ ...cheap, ...change, workers: 1 }).hash(password)

    expect(await hasher.verify(password, stored)).toEqual({ matches: true, needsRehash: true })
    expect((await hasher.verify(new Secret('wrong'), stored)).needsRehash).toBe(false)
  })

  it('verifies an imported PHC string as received, and asks for a new hash', async () => {
    const decomposed = 'pa\u0308ss'
    const options = { memoryCost: 256, timeCost: 1, parallelism: 1 }
    const imported = hashSync(decomposed, options)

    expect(await hasher.verify(new Secret(decomposed), imported)).toEqual({
      matches: true,
      needsRehash: true,
    })
    expect((await hasher.verify(new Secret(decomposed.normalize('NFC')), imported)).matches).toBe(
      false,
    )
  })

  it('has a decoy of the present cost that no password matches', async () => {
    expect(hasher.decoyHash).toMatch(/^v1\$nfc\$argon2id\$v=19\$m=256,t=1,p=1\$/)
    expect(await hasher.verify(password, hasher.decoyHash)).toEqual({
      matches: false,
      needsRehash: false,
    })
  })

  it('computes 50 passwords given at once, each by itself', async () => {
    const secrets = Array.from({ length: 50 }, (_, i) => new Secret(`password ${i}`))

    const hashes = await Promise.all(secrets.map((secret) => hasher.hash(secret)))
    const checks = await Promise.all(
      secrets.map((secret, i) => hasher.verify(secret, hashes[i] ?? '')),
    )

    expect(checks.every((check) => check.matches)).toBe(true)
  })

  it('runs its workers at nice 10 and gives them no environment', () => {
    const pids = hasher.pids()

    expect(pids).toHaveLength(2)
    for (const pid of pids) {
      expect(getPriority(pid)).toBe(10)
      const names = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      expect(names.filter((entry) => entry !== '' && !entry.startsWith('NODE_CHANNEL'))).toEqual([])
    }
  })
})

describe('the core of a worker', () => {
  const coresOf = (pid: number) =>
    /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]

  it('is one, another for each', async () => {
    const hasher = start({ ...cheap, workers: Math.min(2, availableParallelism()) })
    await Promise.all(Array.from({ length: 8 }, () => hasher.hash(password)))

    const cores = hasher.pids().map(coresOf)

    for (const list of cores) expect(list).toMatch(/^\d+$/)
    expect(new Set(cores).size).toBe(cores.length)
  })

  it('is any, where a system does not let it be chosen', async () => {
    const hasher = start({ ...cheap, workers: 1, pin: () => ({ file: '/bin/false', args: [] }) })
    await until(() => hasher.pids().length === 0)
    await until(() => hasher.pids().length === 1)

    expect(await hasher.hash(password)).toMatch(/^v1\$nfc/)
  })
})

describe('stored hashes', () => {
  const salt = 'c2FsdHNhbHRzYWx0c2FsdA'
  const tag = 'dGFndGFndGFndGFndGFndGFndGFndGFndGFndGFndGE'
  const make = (parameters: string) => `v1$nfc$argon2id$v=19$${parameters}$${salt}$${tag}`

  it('accepts the largest parameters that are allowed', () => {
    expect(isUsablePasswordHash(make('m=1048576,t=20,p=16'))).toBe(true)
  })

  it.each([
    ['more than 1 GiB', make('m=1048577,t=1,p=1')],
    ['more than 20 passes', make('m=256,t=21,p=1')],
    ['no pass', make('m=256,t=0,p=1')],
    ['more than 16 lanes', make('m=256,t=1,p=17')],
    ['no lane', make('m=256,t=1,p=0')],
    ['less than 8 blocks per lane', make('m=15,t=1,p=2')],
    ['argon2i', make('m=256,t=1,p=1').replace('argon2id', 'argon2i')],
    ['another version of the format', make('m=256,t=1,p=1').replace('v1', 'v2')],
    ['an unknown flag', make('m=256,t=1,p=1').replace('nfc', 'nfkc')],
    ['no salt', `v1$nfc$argon2id$v=19$m=256,t=1,p=1$$${tag}`],
    ['a line break at the end', `${make('m=256,t=1,p=1')}\n`],
    ['nothing', ''],
  ])('refuses a hash with %s before computing anything', async (_, stored) => {
    expect(isUsablePasswordHash(stored)).toBe(false)
  })

  it('refuses an excessive hash in verify with an error that is no wrong password', async () => {
    const error = await refusalOf(start(cheap).verify(password, make('m=1048577,t=1,p=1')))

    expect([error.code, error.status]).toEqual(['password_hash_unusable', 503])
  })
})

describe('pepper', () => {
  it('is needed to verify, and its loss is no wrong password', async () => {
    const stored = await start({ ...cheap, workers: 1, pepper: pepperA }).hash(password)

    expect(stored).toMatch(/^v1\$nfc,pepper=[0-9a-f]{8}\$argon2id/)
    expect((await refusalOf(start(cheap).verify(password, stored))).code).toBe(
      'password_hash_unusable',
    )
  })

  it('can be rotated: the earlier one verifies and asks for a new hash', async () => {
    const stored = await start({ ...cheap, workers: 1, pepper: pepperA }).hash(password)
    const rotated = start({ ...cheap, workers: 1, pepper: pepperB, previousPeppers: [pepperA] })

    expect(await rotated.verify(password, stored)).toEqual({ matches: true, needsRehash: true })
    const renewed = await rotated.hash(password)
    expect(await rotated.verify(password, renewed)).toEqual({ matches: true, needsRehash: false })
    expect((await rotated.verify(new Secret('another one'), renewed)).matches).toBe(false)
  })

  it('goes into the hash: the same Argon2 hash does not match without it', async () => {
    const stored = await start({ ...cheap, workers: 1, pepper: pepperA }).hash(password)
    const stripped = stored.replace(/,pepper=[0-9a-f]{8}/, '')

    expect((await start(cheap).verify(password, stripped)).matches).toBe(false)
  })

  it('is asked for when a hash was made before there was one', async () => {
    const stored = await start(cheap).hash(password)
    const peppered = start({ ...cheap, workers: 1, pepper: pepperA })

    expect(await peppered.verify(password, stored)).toEqual({ matches: true, needsRehash: true })
  })
})

describe('worker pool', () => {
  it('sheds what does not fit the queue with 503 and a time to come back', async () => {
    const hasher = start(slow)
    const accepted = [hasher.hash(password), hasher.hash(password)]

    const error = await refusalOf(hasher.hash(password))

    expect([error.code, error.status]).toEqual(['overloaded', 503])
    expect(error.options.retryAfter?.milliseconds).toBeGreaterThan(0)
    expect(hasher.stats()).toEqual({ workers: 1, running: 1, queued: 1, shed: 1 })
    expect(await Promise.all(accepted)).toHaveLength(2)
  }, 30_000)

  it('fails only the job of a worker that is killed, and replaces the worker', async () => {
    const hasher = start({ ...slow, queueLimit: 4 })
    const lost = refusalOf(hasher.hash(password))
    const waiting = hasher.hash(password)
    await until(() => hasher.stats().running === 1)
    const [pid = 0] = hasher.pids()

    process.kill(pid, 'SIGKILL')

    expect((await lost).code).toBe('overloaded')
    expect(await waiting).toContain('$argon2id$')
    expect(hasher.pids()).not.toContain(pid)
  }, 30_000)

  it('finishes accepted jobs when it closes, and takes no new ones', async () => {
    const hasher = start(cheap)
    const accepted = [hasher.hash(password), hasher.hash(password), hasher.hash(password)]

    const closing = hasher.close()

    expect((await refusalOf(hasher.hash(password))).code).toBe('overloaded')
    await closing
    expect(await Promise.all(accepted)).toHaveLength(3)
    expect(hasher.stats().workers).toBe(0)
  })

  it('ignores signals to the group until the parent lets go', async () => {
    const hasher = start({ ...cheap, workers: 1 })
    await hasher.hash(password)
    const [pid = 0] = hasher.pids()

    process.kill(pid, 'SIGTERM')
    process.kill(pid, 'SIGINT')
    await hasher.hash(password)

    expect(hasher.pids()).toEqual([pid])
  })
})
