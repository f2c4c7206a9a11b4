import { describe, expect, it } from 'vitest'
import { fakePlaces } from '../../../test/support/fake-places.ts'
import { isCountryCode } from './country-codes.ts'
import { findSourceRefusal } from './source-rules.ts'

const none = { ipDenyList: [], ipAllowList: [], countryDenyList: [], countryAllowList: [] }
const places = fakePlaces({ '192.0.2.1': { country: 'CH' }, '198.51.100.1': { country: 'FR' } })

describe('an address', () => {
  it.each([
    ['without lists', {}, '192.0.2.1', undefined],
    ['that is denied', { ipDenyList: ['192.0.2.0/24'] }, '192.0.2.1', 'network_denied'],
    [
      'that is denied, in disguise',
      { ipDenyList: ['192.0.2.0/24'] },
      '::ffff:c000:201',
      'network_denied',
    ],
    ['beside what is denied', { ipDenyList: ['192.0.2.0/24'] }, '198.51.100.1', undefined],
    ['that is allowed', { ipAllowList: ['192.0.2.0/24'] }, '192.0.2.1', undefined],
    [
      'beside what is allowed',
      { ipAllowList: ['192.0.2.0/24'] },
      '198.51.100.1',
      'network_not_allowed',
    ],
    [
      'that is none, where some are allowed',
      { ipAllowList: ['0.0.0.0/0', '::/0'] },
      'internal',
      'network_not_allowed',
    ],
    [
      'that is allowed and denied',
      { ipAllowList: ['192.0.2.0/24'], ipDenyList: ['192.0.2.1'] },
      '192.0.2.1',
      'network_denied',
    ],
    ['of a country that is denied', { countryDenyList: ['CH'] }, '192.0.2.1', 'country_denied'],
    ['of another country', { countryDenyList: ['CH'] }, '198.51.100.1', undefined],
    ['of no country, where one is denied', { countryDenyList: ['CH'] }, '10.0.0.1', undefined],
    ['of a country that is allowed', { countryAllowList: ['CH'] }, '192.0.2.1', undefined],
    [
      'of a country that is not',
      { countryAllowList: ['CH'] },
      '198.51.100.1',
      'country_not_allowed',
    ],
    [
      'of no country, where one is allowed',
      { countryAllowList: ['CH'] },
      '10.0.0.1',
      'country_unknown',
    ],
    [
      'of a country that is both',
      { countryAllowList: ['CH'], countryDenyList: ['CH'] },
      '192.0.2.1',
      'country_denied',
    ],
    [
      'that is allowed by name',
      { ipAllowList: ['10.0.0.0/8'], countryAllowList: ['CH'] },
      '10.0.0.1',
      undefined,
    ],
  ] as const)('%s', (_, lists, ip, refusal) => {
    expect(findSourceRefusal({ ...none, ...lists }, ip, places)).toBe(refusal)
  })

  it.each(['countryDenyList', 'countryAllowList'] as const)(
    'is refused by a %s where nobody can tell countries',
    (list) => {
      expect(findSourceRefusal({ ...none, [list]: ['CH'] }, '192.0.2.1', undefined)).toBe(
        'country_unknown',
      )
    },
  )
})

it('knows the codes of countries, and no others', () => {
  const text = ['CH', 'GB', 'XK', 'UK', 'EU', 'ch', 'ZZ', '', 'CHE', ' CH']

  expect(text.filter(isCountryCode)).toEqual(['CH', 'GB', 'XK'])
})
