import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError, type RequestContext, Secret } from '../../kernel/index.ts'
import { checkNewPassword } from './password-policy.ts'
import { loadPasswordStrength } from './password-strength.ts'

const context = {
  tenant: { slug: 'meridian', policy: { passwordMinimumLength: 12 } },
} as unknown as RequestContext

async function verdict(password: string, minimum = 12): Promise<string> {
  const tenant = { ...context.tenant, policy: { passwordMinimumLength: minimum } }
  const asked = { ...context, tenant } as unknown as RequestContext
  const candidate = {
    password: new Secret(password),
    pointer: '/password',
    email: 'hildegard.thorn@brimfield.test',
    displayName: 'Hilde Oakenshaw',
  } as const
  try {
    await checkNewPassword({}, asked, candidate)
    return 'accepted'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

describe('checkNewPassword', () => {
  it.each([
    ['unrelated words', 'gravel harp untold mosaic'],
    ['spaces around it, which are kept', ' plinth-ochre-tandem '],
    ['other scripts', 'пшено-ножницы-туман-9'],
    ['emoji', '🦊plinth🌵ochre🎻tandem'],
    ['control characters, even NUL', 'plinth\u0000ochre\ttandem41'],
    ['256 characters', 'plinth-ochre-tandem-gravel-harp'.padEnd(256, 'qzmwnxvb')],
  ])('accepts %s', async (_, password) => {
    expect(await verdict(password)).toBe('accepted')
  })

  it.each([
    ['too short', 'k7#mQv!zR2p', 'password_too_short'],
    ['emoji by UTF-16 units instead of characters', '🦊🌵🎻🪁🧭🪵', 'password_too_short'],
    ['combining marks that NFC joins', 'e\u0301k7#mQv!zR2', 'password_too_short'],
    ['257 characters', 'plinth-ochre-tandem'.padEnd(257, 'qzmwnxvb'), 'password_too_long'],
    ['257 characters of four bytes', '🦊'.repeat(257), 'password_too_long'],
    ['a huge input', 'x'.repeat(16_000), 'password_too_long'],
    ['an unpaired surrogate', 'plinth-ochre-\ud800-tandem', 'password_unsupported_characters'],
    ['a noncharacter', 'plinth-ochre-\uffff-tandem', 'password_unsupported_characters'],
    ['the list of common passwords', 'qazwsxedcrfv', 'password_too_common'],
    ['the list, in another case', 'QazWsxEdcRfv', 'password_too_common'],
    ['a pattern', 'abcdefghijkl12', 'password_too_weak'],
    ['a common word and digits', 'Password1234!', 'password_too_weak'],
    ['repetition of few characters', 'aB3$'.repeat(16), 'password_too_weak'],
    ['the own address', 'hildegardthorn77', 'password_too_weak'],
    ['the own name', 'oakenshaw!9Qv7', 'password_too_weak'],
    ['the tenant', 'Meridian#meridian', 'password_too_weak'],
  ])('refuses %s', async (_, password, code) => {
    expect(await verdict(password)).toBe(code)
  })

  it('takes the minimum from the policy of the tenant', async () => {
    expect(await verdict('k7#mQv!zR2p', 8)).toBe('accepted')
    expect(await verdict('plinth-ochre-tandem', 20)).toBe('password_too_short')
    expect(await verdict('sunshine1', 8)).toBe('password_too_common')
  })

  it('points at the member that is refused', async () => {
    const checking = checkNewPassword({}, context, {
      password: new Secret('short'),
      pointer: '/new_password',
      email: 'a@b.test',
    })

    await expect(checking).rejects.toMatchObject({
      options: { fields: [{ pointer: '/new_password', code: 'password_too_short' }] },
    })
  })

  it('asks the breach port, and passes its failure on', async () => {
    const candidate = {
      password: new Secret('plinth-ochre-tandem'),
      pointer: '/password',
      email: 'a@b.test',
    } as const
    const known = { isBreached: async () => true }
    const broken = { isBreached: () => Promise.reject(new Error('list not reachable')) }

    await expect(
      checkNewPassword({ breachedPasswords: known }, context, candidate),
    ).rejects.toMatchObject({ code: 'password_breached' })
    await expect(
      checkNewPassword({ breachedPasswords: broken }, context, candidate),
    ).rejects.toThrow('list not reachable')
  })

  it('answers every text with a registered refusal or acceptance', async () => {
    await loadPasswordStrength()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
        expect(await verdict(text)).toMatch(/^(accepted|password_[a-z_]+)$/)
      }),
      { numRuns: 50 },
    )
  })
})

describe('password strength', () => {
  it('scores the first 64 characters only', async () => {
    const strength = await loadPasswordStrength()
    const weak = 'passwordpassword'.repeat(4)

    expect(strength.score(`${weak}-plinth-ochre-tandem-gravel`, [])).toBe(strength.score(weak, []))
  })
})
