import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError, type RequestContext, Secret, type TenantPolicy } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { checkNewPassword } from './password-policy.ts'
import { loadPasswordStrength } from './password-strength.ts'

const policy = { passwordMinimumLength: 12, passwordProfile: 'nist' } as TenantPolicy
const context = { tenant: { slug: 'meridian', policy } } as unknown as RequestContext
/** No list is configured, so nothing is recorded. */
const deps = { database: undefined as unknown as Database }

async function verdict(password: string, change: Partial<TenantPolicy> = {}): Promise<string> {
  const tenant = { ...context.tenant, policy: { ...policy, ...change } }
  const asked = { ...context, tenant } as unknown as RequestContext
  const candidate = {
    password: new Secret(password),
    pointer: '/password',
    email: 'hildegard.thorn@brimfield.test',
    displayName: 'Hilde Oakenshaw',
  } as const
  try {
    await checkNewPassword(deps, asked, candidate)
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
    ['a common word and digits', 'Password1234!', 'password_too_common'],
    ['repetition of few characters', 'aB3$'.repeat(16), 'password_too_weak'],
    ['the own address', 'hildegardthorn77', 'password_too_weak'],
    ['the own name', 'oakenshaw!9Qv7', 'password_too_weak'],
    ['the tenant', 'Meridian#meridian', 'password_too_weak'],
  ])('refuses %s', async (_, password, code) => {
    expect(await verdict(password)).toBe(code)
  })

  it('takes the minimum from the policy of the tenant', async () => {
    const minimum = (passwordMinimumLength: number) => ({ passwordMinimumLength })

    expect(await verdict('k7#mQv!zR2p', minimum(8))).toBe('accepted')
    expect(await verdict('plinth-ochre-tandem', minimum(20))).toBe('password_too_short')
    expect(await verdict('sunshine1', minimum(8))).toBe('password_too_common')
  })

  it.each(['pci-dss', 'psd2'] as const)(
    'takes the longer minimum of the tenant and of the profile %s',
    async (passwordProfile) => {
      const short = { passwordProfile, passwordMinimumLength: 8 }
      const long = { passwordProfile, passwordMinimumLength: 20 }

      expect(await verdict('k7#mQv!zR2p', short)).toBe('password_too_short')
      expect(await verdict('k7#mQv!zR2pW', short)).toBe('accepted')
      expect(await verdict('k7#mQv!zR2pW', long)).toBe('password_too_short')
    },
  )

  it.each([
    ['letters only', 'gravel harp untold mosaic', 'password_needs_letters_and_digits'],
    ['digits only', '9471 2846 7350 1829', 'password_needs_letters_and_digits'],
    ['letters and digits', 'gravel harp untold mosaic 4', 'accepted'],
    ['letters and digits of another script', 'пшено-ножницы-туман-٤', 'accepted'],
  ])('judges %s by the rules of PCI DSS', async (_, password, code) => {
    expect(await verdict(password, { passwordProfile: 'pci-dss' })).toBe(code)
    expect(await verdict(password, { passwordProfile: 'psd2' })).not.toBe(
      'password_needs_letters_and_digits',
    )
  })

  it('points at the member that is refused', async () => {
    const checking = checkNewPassword(deps, context, {
      password: new Secret('short'),
      pointer: '/new_password',
      email: 'a@b.test',
    })

    await expect(checking).rejects.toMatchObject({
      options: { fields: [{ pointer: '/new_password', code: 'password_too_short' }] },
    })
  })

  it('asks the breach port for the form that is hashed', async () => {
    const candidate = {
      password: new Secret('plinth-o\u0308chre-tandem'),
      pointer: '/password',
      email: 'a@b.test',
    } as const
    const known = 'plinth-öchre-tandem'.normalize('NFC')
    const breachedPasswords = {
      isBreached: async (password: Secret<string>) => password.reveal() === known,
    }

    await expect(
      checkNewPassword({ ...deps, breachedPasswords }, context, candidate),
    ).rejects.toMatchObject({
      code: 'password_breached',
      options: { fields: [{ pointer: '/password', code: 'password_breached' }] },
    })
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
