import { describe, expect, it } from 'vitest'
import { isWebAddress, redirectKindOf } from './parse-redirect-uri.ts'

describe('redirectKindOf', () => {
  it.each([
    ['https://app.example/callback', 'https'],
    ['https://app.example', 'https'],
    ['https://app.example:8443/callback?a=b', 'https'],
    ['http://localhost:3000/callback', 'loopback'],
    ['http://127.0.0.1/callback', 'loopback'],
    ['http://[::1]/callback', 'loopback'],
    ['com.example.app:/callback', 'private'],
  ])('RFC 8252 §7: takes %s as %s', (address, kind) => {
    expect(redirectKindOf(address)).toBe(kind)
  })

  it.each([
    'http://app.example/callback',
    'https://user@app.example/callback',
    'https://app.example/callback#fragment',
    'https://app.example/callback#',
    'https://*.example/callback',
    'https://app.example\\@evil.example/callback',
    'https://APP.example/callback',
    'https://app.example/a/../callback',
    'https://app.example/\tcallback',
    'https://äpp.example/callback',
    'https:app.example/callback',
    'http://localhost.evil.example/callback',
    'http://127.1/callback',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'app:/callback',
    '//app.example/callback',
    '/callback',
    '',
  ])('RFC 9700 §2.1: refuses %j', (address) => {
    expect(redirectKindOf(address)).toBeUndefined()
  })
})

describe('isWebAddress', () => {
  it('is true for what a page may link to, and for nothing else', () => {
    expect(isWebAddress('https://app.example/terms')).toBe(true)
    expect(isWebAddress('com.example.app:/terms')).toBe(false)
    expect(isWebAddress('javascript:alert(1)')).toBe(false)
  })
})
