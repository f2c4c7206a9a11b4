import { describe, expect, it } from 'vitest'
import { days, type TenantPolicy } from '../../kernel/index.ts'
import { type FactorState, findMissingFactor, methodsOf } from './model.ts'

const NONE: FactorState = { kinds: [], backupCodesLeft: 0 }
const TOTP: FactorState = { kinds: ['totp'], backupCodesLeft: 3 }
const now = new Date('2026-03-10T00:00:00Z')
const createdAt = new Date('2026-03-01T00:00:00Z')

function missing(
  policy: Partial<TenantPolicy>,
  state: FactorState,
  { isProven = false, roles = ['trader'] }: { isProven?: boolean; roles?: string[] } = {},
) {
  const whole = { mfa: 'optional', mfaRequiredRoles: [], mfaGrace: days(0), ...policy }
  const subject = { roles, createdAt }
  return findMissingFactor(whole as unknown as TenantPolicy, subject, state, { isProven, now })
}

describe('what a sign-in still needs', () => {
  it.each(['off', 'optional', 'required'] as const)(
    'is a proof of the factor that the user has, under policy %s',
    (mfa) => {
      expect(missing({ mfa }, TOTP)).toBe('verification')
      expect(missing({ mfa }, TOTP, { isProven: true })).toBeUndefined()
    },
  )

  it.each([
    ['off', undefined],
    ['optional', undefined],
    ['required', 'enrollment'],
  ] as const)('without a factor, under policy %s, is %s', (mfa, expected) => {
    expect(missing({ mfa }, NONE)).toBe(expected)
  })

  it('is an enrolment for the holder of a role that needs one', () => {
    const policy = { mfaRequiredRoles: ['approver'] }

    expect(missing(policy, NONE, { roles: ['trader', 'approver'] })).toBe('enrollment')
    expect(missing(policy, NONE, { roles: ['trader'] })).toBeUndefined()
    expect(missing({ ...policy, mfa: 'off' }, NONE, { roles: ['approver'] })).toBeUndefined()
  })

  it('is nothing during the grace after the creation of the user, and no longer', () => {
    expect(missing({ mfa: 'required', mfaGrace: days(10) }, NONE)).toBeUndefined()
    expect(missing({ mfa: 'required', mfaGrace: days(9) }, NONE)).toBe('enrollment')
  })

  it('is asked of those with a factor during the grace as well', () => {
    expect(missing({ mfa: 'required', mfaGrace: days(10) }, TOTP)).toBe('verification')
  })
})

const SMS = { smsCountries: ['+49'] }

describe('the methods of a user', () => {
  it('are those of the factors, and backup codes while some are left', () => {
    expect(methodsOf(TOTP, SMS)).toEqual(['totp', 'backup_code'])
    expect(methodsOf({ kinds: ['totp'], backupCodesLeft: 0 }, SMS)).toEqual(['totp'])
    expect(methodsOf({ kinds: [], backupCodesLeft: 5 }, SMS)).toEqual([])
  })

  it('begin with the strongest, and end with SMS and backup codes', () => {
    const state = { kinds: ['sms', 'hotp', 'totp', 'webauthn'], backupCodesLeft: 1 } as const
    const expected = ['webauthn', 'totp', 'hotp', 'sms', 'backup_code']
    expect(methodsOf(state, SMS)).toEqual(expected)
  })

  it('are without SMS where the tenant names no country', () => {
    const off = { smsCountries: [] }
    expect(methodsOf({ kinds: ['sms'], backupCodesLeft: 0 }, off)).toEqual([])
  })
})
