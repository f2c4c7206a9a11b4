import { describe, expect, it } from 'vitest'
import { isCommonAtHeart } from './is-common-at-heart.ts'
import { loadPasswordStrength } from './password-strength.ts'

describe('a password that is common at heart', () => {
  const listed = new Set(['dragon', 'password', '123456', 'love', 'qwerty1'])
  const isCommon = (text: string) => isCommonAtHeart(text, (entry) => listed.has(entry))

  it.each([
    'dragon',
    'DRAGON',
    'Dragon2024!!',
    '12Dragon34!',
    'dr4g0n1234567',
    'p@$$w0rd2024',
    'P455w0rd',
    '2024-123456!',
    '!!!Qwerty1!!!',
  ])('is %s', (text) => {
    expect(isCommon(text)).toBe(true)
  })

  it.each([
    ['letters beside it', 'dragonfly'],
    ['letters before it', 'x-dragon-1'],
    ['eight characters of its own', 'dragon20241207'],
    ['eight on both sides', '2024dragon1207'],
    ['only a short one in it', 'love20240101'],
  ])('is none with %s', (_, text) => {
    expect(isCommon(text)).toBe(false)
  })
})

describe('the list of common passwords', () => {
  /** ASVS 6.2.4: the 3,000 most common passwords that a policy would let pass. */
  const commonEntries = async () => {
    const { dictionary } = await import('@zxcvbn-ts/language-common')
    return dictionary['passwords-common'].map(String)
  }

  it('has more than 3,000 entries that the shortest minimum, eight characters, lets pass', async () => {
    const { isCommon } = await loadPasswordStrength()
    const fitting = (await commonEntries()).filter((text) => text.length >= 8)

    expect(fitting.length).toBeGreaterThan(3000)
    expect(fitting.slice(0, 3000).filter((text) => !isCommon(text))).toEqual([])
  })

  it.each([
    ['a year and signs', (text: string) => `${text}2024`.padEnd(12, '!')],
    ['digits in a row', (text: string) => text + '1234567'.slice(0, Math.max(2, 12 - text.length))],
    [
      'a capital and a tail',
      (text: string) => `${capital(text)}${'9281746!'.slice(text.length - 12)}`,
    ],
  ])('refuses 3,000 of them made to fit twelve characters by %s', async (_, fit) => {
    const { isCommon } = await loadPasswordStrength()
    const fitted = (await commonEntries())
      .filter((text) => text.length >= 5 && text.length < 12)
      .slice(0, 3000)
      .map(fit)
      .filter((text) => text.length >= 12)

    expect(fitted.length).toBeGreaterThan(2900)
    expect(fitted.filter((text) => !isCommon(text))).toEqual([])
  })
})

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
