import { describe, expect, it } from 'vitest'
import { minutes, Secret, seconds } from '../../kernel/index.ts'
import {
  findHotpCounter,
  findTotpStep,
  fromBase32,
  makeOtpSecret,
  oneTimePassword,
  otpauthUri,
  toBase32,
  totpStep,
} from './one-time-password.ts'

/** Of both RFCs. */
const RFC_SECRET = new Secret<Uint8Array>(Buffer.from('12345678901234567890'))
const NEVER = -1

describe('one-time passwords', () => {
  it.each([
    [0, '755224'],
    [1, '287082'],
    [2, '359152'],
    [3, '969429'],
    [4, '338314'],
    [5, '254676'],
    [6, '287922'],
    [7, '162583'],
    [8, '399871'],
    [9, '520489'],
  ])('RFC 4226 appendix D: counter %i gives %s', (counter, expected) => {
    expect(oneTimePassword(RFC_SECRET, counter)).toBe(expected)
  })

  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('RFC 6238 appendix B: second %i gives %s', (second, expected) => {
    const now = new Date(second * 1000)

    expect(oneTimePassword(RFC_SECRET, totpStep(now))).toBe(expected)
    expect(findTotpStep(RFC_SECRET, new Secret(expected), { now, lastUsedStep: NEVER })).toBe(
      Math.floor(second / 30),
    )
  })
})

describe('the step of a code', () => {
  const now = new Date('2026-03-01T12:00:00Z')
  const current = totpStep(now)
  const codeOf = (step: number) => new Secret(oneTimePassword(RFC_SECRET, step))
  const find = (step: number, lastUsedStep = NEVER, at = now) =>
    findTotpStep(RFC_SECRET, codeOf(step), { now: at, lastUsedStep })

  it('is found one step before and after now, and no further', () => {
    expect([-2, -1, 0, 1, 2].map((offset) => find(current + offset))).toEqual([
      undefined,
      current - 1,
      current,
      current + 1,
      undefined,
    ])
  })

  it('is not found again once it or a later one was used (I2)', () => {
    expect(find(current, current)).toBeUndefined()
    expect(find(current - 1, current)).toBeUndefined()
    expect(find(current + 1, current)).toBe(current + 1)
  })

  it('is not found again when the clock steps back (I11)', () => {
    const before = new Date(now.getTime() - minutes(10).milliseconds)

    expect(find(totpStep(before), current, before)).toBeUndefined()
  })

  it('lies within its thirty seconds to the last moment', () => {
    const start = new Date(current * 30_000)
    const last = new Date(start.getTime() + seconds(30).milliseconds - 1)

    expect(totpStep(start)).toBe(current)
    expect(totpStep(last)).toBe(current)
  })
})

describe('a secret', () => {
  it('has 160 bits, and another value each time', () => {
    const [one, two] = [makeOtpSecret(), makeOtpSecret()]

    expect(one.reveal()).toHaveLength(20)
    expect(one.equals(two)).toBe(false)
  })

  it('survives base 32', () => {
    const secret = makeOtpSecret()

    expect(toBase32(secret).reveal()).toMatch(/^[A-Z2-7]{32}$/)
    expect(fromBase32(toBase32(secret).reveal()).equals(secret)).toBe(true)
  })

  it('is handed to an app as an otpauth URI that a name can not break out of', () => {
    const uri = otpauthUri('totp', RFC_SECRET, {
      issuer: 'acme',
      account: 'a&secret=B?c@x.test',
    }).reveal()
    const { protocol, host, searchParams } = new URL(uri)

    expect([protocol, host]).toEqual(['otpauth:', 'totp'])
    expect(Object.fromEntries(searchParams)).toEqual({
      issuer: 'acme',
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
  })
})

describe('a counter', () => {
  const find = (counter: number, lastUsedStep: number) =>
    findHotpCounter(RFC_SECRET, new Secret(oneTimePassword(RFC_SECRET, counter)), { lastUsedStep })

  it.each([
    [0, NEVER],
    [9, NEVER],
    [5, 4],
    [14, 4],
  ])('%i is found after %i', (counter, lastUsedStep) => {
    expect(find(counter, lastUsedStep)).toBe(counter)
  })

  it.each([
    [10, NEVER],
    [4, 4],
    [3, 4],
    [15, 4],
  ])('%i is not found after %i', (counter, lastUsedStep) => {
    expect(find(counter, lastUsedStep)).toBeUndefined()
  })
})
