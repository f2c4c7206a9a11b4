import { describe, expect, it } from 'vitest'
import { type FactorState, methodsOf } from './model.ts'

const TOTP: FactorState = { kinds: ['totp'], backupCodesLeft: 3 }

describe('the methods of a user', () => {
  it('are those of the factors, and backup codes while some are left', () => {
    expect(methodsOf(TOTP)).toEqual(['totp', 'backup_code'])
    expect(methodsOf({ kinds: ['totp'], backupCodesLeft: 0 })).toEqual(['totp'])
    expect(methodsOf({ kinds: [], backupCodesLeft: 5 })).toEqual([])
  })
})
