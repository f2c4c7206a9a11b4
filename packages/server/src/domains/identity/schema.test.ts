import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { Secret } from '../../kernel/index.ts'
import {
  changePasswordSchema,
  createUserSchema,
  deleteOwnAccountSchema,
  redemptionSchema,
  registerSchema,
  updateProfileSchema,
} from './schema.ts'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

describe('bodies of the identity routes', () => {
  it('wrap every password and token at the edge', () => {
    const redemption = redemptionSchema.parse({ token: 't', password: 'p' })
    const change = changePasswordSchema.parse({ current_password: 'a', new_password: 'b' })

    for (const value of [...Object.values(redemption), ...Object.values(change)]) {
      expect(value).toBeInstanceOf(Secret)
    }
    expect(registerSchema.parse({ email: 'a@b.test', password: 'p' }).password).toBeInstanceOf(
      Secret,
    )
    expect(deleteOwnAccountSchema.parse({ current_password: 'p' }).current_password).toBeInstanceOf(
      Secret,
    )
  })

  it.each([{ status: 'active' }, { email_verified: true }, { roles: ['admin'] }, { id: 'usr_1' }])(
    'refuse the mass assignment %j',
    (extra) => {
      const registration = { email: 'a@b.test', password: 'p' }

      expect(accepts(updateProfileSchema, { display_name: 'Ada' })).toBe(true)
      expect(accepts(updateProfileSchema, { display_name: 'Ada', ...extra })).toBe(false)
      expect(accepts(registerSchema, registration)).toBe(true)
      expect(accepts(registerSchema, { ...registration, ...extra })).toBe(false)
    },
  )

  it('refuse another address in the profile', () => {
    expect(accepts(updateProfileSchema, { email: 'eve@b.test' })).toBe(false)
  })

  it.each([
    ['Ada Lovelace', true],
    ['李小龍 🐉', true],
    ['🐉'.repeat(100), true],
    ['🐉'.repeat(101), false],
    ['', false],
    ['   ', false],
    ['Ada\nBcc: eve@example.test', false],
    ['Ada\u0000', false],
    ['Ada\u202egnp.exe', false],
    ['Ada\ud800', false],
  ])('take the display name %j: %s', (display_name, expected) => {
    expect(accepts(updateProfileSchema, { display_name })).toBe(expected)
  })

  it.each([
    ['de', true],
    ['de-CH', true],
    ['zh-Hant-TW', true],
    ['d', false],
    ['de_CH', false],
    ['../../etc', false],
    ['de-CH\n', false],
  ])('take the locale %j: %s', (locale, expected) => {
    expect(accepts(updateProfileSchema, { locale })).toBe(expected)
  })

  it.each(['ada', 'Ada <ada@b.test>', 'a@b.test\r\nBcc: x@y.test', `${'a'.repeat(250)}@b.test`])(
    'refuse the address %j',
    (email) => {
      expect(accepts(registerSchema, { email, password: 'p' })).toBe(false)
    },
  )

  it('remove a profile member by null only where it is optional', () => {
    expect(accepts(updateProfileSchema, { display_name: null, locale: null })).toBe(true)
    expect(accepts(registerSchema, { email: 'a@b.test', password: null })).toBe(false)
  })

  it('take a password or an invitation for a new user, not both', () => {
    const email = 'a@b.test'

    expect(accepts(createUserSchema, { email, password: 'p' })).toBe(true)
    expect(accepts(createUserSchema, { email, send_invitation: true })).toBe(true)
    expect(accepts(createUserSchema, { email, password: 'p', send_invitation: true })).toBe(false)
    expect(accepts(createUserSchema, { email, roles: Array(21).fill('admin') })).toBe(false)
  })
})
