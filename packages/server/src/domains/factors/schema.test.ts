import { expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { presentConfirmation } from './schema.ts'

it('a confirmation shows backup codes only if some were made', () => {
  expect(presentConfirmation({ backupCodes: undefined })).toEqual({ status: 'confirmed' })
  expect(presentConfirmation({ backupCodes: [new Secret('abcd')] })).toEqual({
    status: 'confirmed',
    backup_codes: ['abcd'],
  })
})
