import { describe, expect, it } from 'vitest'
import { type FactorState, methodsOf } from './model.ts'

const TOTP: FactorState = { kinds: ['totp'], backupCodesLeft: 3 }

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
