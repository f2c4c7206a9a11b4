import { describe, expect, it } from 'vitest'
import { type FactorState, kindsByUse, methodsOf } from './model.ts'

const TOTP: FactorState = { kinds: ['totp'], backupCodesLeft: 3 }

const SMS = { smsCountries: ['+49'] }

describe('the methods of a user', () => {
  it('are those of the factors, and backup codes while some are left', () => {
    expect(methodsOf(TOTP, SMS)).toEqual(['totp', 'backup_code'])
    expect(methodsOf({ kinds: ['totp'], backupCodesLeft: 0 }, SMS)).toEqual(['totp'])
    expect(methodsOf({ kinds: [], backupCodesLeft: 5 }, SMS)).toEqual([])
  })

  it('begin with what was used last, then the strongest, and end with backup codes', () => {
    const first = (...kinds: FactorState['kinds']) => methodsOf({ kinds, backupCodesLeft: 1 }, SMS)

    expect(first('webauthn', 'sms', 'hotp', 'totp')).toEqual([
      'webauthn',
      'totp',
      'hotp',
      'sms',
      'backup_code',
    ])
    expect(first('sms', 'webauthn', 'sms', 'totp')).toEqual([
      'sms',
      'webauthn',
      'totp',
      'backup_code',
    ])
    expect(first('hotp', 'totp', 'webauthn')).toEqual(['hotp', 'webauthn', 'totp', 'backup_code'])
  })

  it('begin with the next one where that can not be used any more', () => {
    const kinds = ['blocked_webauthn', 'sms', 'hotp', 'totp'] as const

    expect(methodsOf({ kinds, backupCodesLeft: 0 }, { smsCountries: [] })).toEqual(['hotp', 'totp'])
  })

  it('are without SMS where the tenant names no country', () => {
    const off = { smsCountries: [] }
    expect(methodsOf({ kinds: ['sms'], backupCodesLeft: 0 }, off)).toEqual([])
  })
})

it('factors that were never used are as new as they are', () => {
  const at = (hour: number) => new Date(`2026-03-01T0${hour}:00:00Z`)
  const used = (kind: 'totp' | 'sms' | 'webauthn', createdAt: Date, lastUsedAt?: Date) => ({
    kind,
    createdAt,
    lastUsedAt,
  })

  const kinds = kindsByUse([
    used('totp', at(1), at(3)),
    used('webauthn', at(4)),
    used('sms', at(2), at(5)),
  ])

  expect(kinds).toEqual(['sms', 'webauthn', 'totp'])
})
