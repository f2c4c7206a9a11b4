import { expect, it } from 'vitest'
import { Secret } from '../../../kernel/index.ts'
import { smsCountryOf } from './sms-country.ts'

const country = (number: string, limits: Record<string, number> = {}) =>
  smsCountryOf({ smsCountryDailyLimit: 7, smsCountryDailyLimits: limits }, new Secret(number))

/** @see ITU-T E.164.D, assigned country codes */
it.each([
  ['+14165550123', '+1'],
  ['+79031234567', '+7'],
  ['+201001234567', '+20'],
  ['+211912345678', '+211'],
  ['+27821234567', '+27'],
  ['+3531234567', '+353'],
  ['+37255512345', '+372'],
  ['+4915112345678', '+49'],
  ['+420601123456', '+420'],
  ['+5215512345678', '+52'],
  ['+59171234567', '+591'],
  ['+6591234567', '+65'],
  ['+6707712345', '+670'],
  ['+8613812345678', '+86'],
  ['+8801712345678', '+880'],
  ['+905321234567', '+90'],
  ['+9647901234567', '+964'],
  ['+998901234567', '+998'],
])('counts %s for %s', (number, beginning) => {
  expect(country(number)).toEqual({ beginning, dailyLimit: 7 })
})

it('counts a number for the longest beginning that the tenant named', () => {
  const limits = { '+1': 5, '+1416': 2, '+14': 3, '+49': 0 }

  expect(country('+14165550123', limits)).toEqual({ beginning: '+1416', dailyLimit: 2 })
  expect(country('+14255550123', limits)).toEqual({ beginning: '+14', dailyLimit: 3 })
  expect(country('+12125550123', limits)).toEqual({ beginning: '+1', dailyLimit: 5 })
  expect(country('+4915112345678', limits)).toEqual({ beginning: '+49', dailyLimit: 0 })
  expect(country('+4366412345678', limits)).toEqual({ beginning: '+43', dailyLimit: 7 })
})
