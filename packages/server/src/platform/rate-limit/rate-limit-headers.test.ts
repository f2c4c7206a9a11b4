import { describe, expect, it } from 'vitest'
import { milliseconds, minutes } from '../../kernel/index.ts'
import { rateLimitHeaders, rateLimitPolicy } from './index.ts'

const policy = rateLimitPolicy({ name: 'login', limit: 10, window: minutes(1) })

describe('rateLimitHeaders', () => {
  it('draft-ietf-httpapi-ratelimit-headers §3, §4: writes policy and state as items', () => {
    const result = { allowed: true, limit: 10, remaining: 4, resetSeconds: 31 }

    expect(rateLimitHeaders(policy, result)).toEqual({
      'RateLimit-Policy': '"login";q=10;w=60',
      RateLimit: '"login";r=4;t=31',
    })
  })

  it('RFC 9110 §10.2.3: says when to come back, at least a second later', () => {
    const result = { allowed: false, limit: 10, remaining: 0, resetSeconds: 0 }

    expect(rateLimitHeaders(policy, result)['Retry-After']).toBe('1')
    expect(rateLimitHeaders(policy, { ...result, resetSeconds: 9 })['Retry-After']).toBe('9')
  })
})

describe('rateLimitPolicy', () => {
  it.each([
    ['a quote in the name', { name: 'a"b' }],
    ['a colon in the name', { name: 'a:b' }],
    ['no name', { name: '' }],
    ['a limit of zero', { limit: 0 }],
    ['half a point', { limit: 1.5 }],
    ['a window under a second', { window: milliseconds(999) }],
    ['a window that is no number', { window: milliseconds(Number.NaN) }],
  ])('refuses %s', (_, change) => {
    expect(() => rateLimitPolicy({ ...policy, ...change })).toThrow(RangeError)
  })
})
