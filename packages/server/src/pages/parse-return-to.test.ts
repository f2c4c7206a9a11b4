import { describe, expect, it } from 'vitest'
import { parseReturnTo } from './parse-return-to.ts'

describe('the address after a sign-in', () => {
  it.each([
    '/t/acme/account',
    '/t/acme/account/security',
    '/t/acme/interaction/Ab3_-x',
    '/t/acme/interaction/Ab3/consent',
    '/t/acme/oauth/device',
    '/t/acme/oauth/device?user_code=WDJB-MJHT',
  ])('may be %s', (address) => {
    expect(parseReturnTo(address, '/t/acme')).toBe(address)
  })

  it.each([
    undefined,
    '',
    '/',
    '/t/acme',
    '/t/acme/',
    '/t/acme/sign-in',
    '/t/acme/api/auth/me',
    '/t/acme/accounts',
    '/t/acme/oauth/authorize?client_id=x',
    '/t/acme/oauth/token',
    '/t/acme/account/',
    '/t/acme/account//evil.example',
    '/t/acme/account/..',
    '/t/acme/account/../api',
    '/t/acme/account/%2e%2e/api',
    '/t/acme/account\\evil.example',
    '/t/acme/account#x',
    '/t/acme/account?a=//evil.example',
    '/t/acme/account\n',
    '/t/acme/account?a=b\r\nset-cookie: a=b',
    '/t/globex/account',
    '/t/acmex/account',
    '//evil.example/t/acme/account',
    'https://evil.example/t/acme/account',
    'https://localhost/t/acme/account',
    'javascript:alert(1)',
    ' /t/acme/account',
    `/t/acme/account?a=${'x'.repeat(2000)}`,
  ])('is never %j', (address) => {
    expect(parseReturnTo(address, '/t/acme')).toBeUndefined()
  })
})
