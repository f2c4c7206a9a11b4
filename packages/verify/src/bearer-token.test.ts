import { describe, expect, it } from 'vitest'
import { readBearerToken } from './bearer-token.ts'
import type { RequestLike } from './bearer-token.ts'

function codeOf(request: RequestLike): unknown {
  try {
    return `token ${readBearerToken(request)}`
  } catch (error) {
    const { code, status, wwwAuthenticate } = error as Record<string, unknown>
    return { code, status, wwwAuthenticate }
  }
}

const missing = { code: 'token_missing', status: 401, wwwAuthenticate: 'Bearer' }
const malformed = {
  code: 'token_malformed',
  status: 401,
  wwwAuthenticate: 'Bearer error="invalid_token"',
}
const invalid = {
  code: 'request_invalid',
  status: 400,
  wwwAuthenticate: 'Bearer error="invalid_request"',
}

describe('readBearerToken', () => {
  it.each<[string, RequestLike]>([
    ['a plain header', { headers: { authorization: 'Bearer a.b.c' } }],
    ['any case', { headers: { Authorization: 'bEARER a.b.c' } }],
    ['several spaces', { headers: { authorization: 'Bearer   a.b.c' } }],
    ['fetch headers', { headers: new Headers({ authorization: 'Bearer a.b.c' }) }],
    ['an unrelated query', { headers: { authorization: 'Bearer a.b.c' }, url: '/x?page=2' }],
    [
      'a fetch request',
      new Request('https://x.test/', { headers: { authorization: 'Bearer a.b.c' } }),
    ],
  ])('RFC 6750 §2.1: reads %s', (_, request) => {
    expect(codeOf(request)).toBe('token a.b.c')
  })

  it.each<[string, RequestLike]>([
    ['no header', { headers: {} }],
    ['no fetch header', { headers: new Headers() }],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }],
    ['a scheme that starts alike', { headers: { authorization: 'BearerX a.b.c' } }],
    ['no token', { headers: { authorization: 'Bearer' } }],
    ['only spaces', { headers: { authorization: 'Bearer  ' } }],
  ])('RFC 6750 §3: calls the token missing with %s', (_, request) => {
    expect(codeOf(request)).toEqual(missing)
  })

  it.each(['Bearer a b', 'Bearer a,Bearer b', 'Bearer a, b', 'Bearer "a"', 'Bearer =', 'Bearer é'])(
    'refuses %j',
    (authorization) => {
      expect(codeOf({ headers: { authorization } })).toEqual(malformed)
    },
  )

  const authorization = 'Bearer a'
  it.each<[string, RequestLike]>([
    ['a list of values', { headers: { authorization: [authorization, authorization] } }],
    ['two spellings', { headers: { authorization, Authorization: authorization } }],
    [
      'a second header that Node hides',
      {
        headers: { authorization },
        rawHeaders: ['Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b'],
      },
    ],
    [
      'a second header that Fastify hides',
      {
        headers: { authorization },
        raw: { rawHeaders: ['authorization', 'a', 'authorization', 'b'] },
      },
    ],
    ['a token also in the query', { headers: { authorization }, url: '/x?access_token=a' }],
    ['a token only in the query', { headers: {}, url: '/x?a=1&access_token=a' }],
    ['an escaped name in the query', { headers: {}, url: '/x?access%5Ftoken=a' }],
    ['a token in a whole URL', { headers: {}, url: 'https://x.test/?access_token=' }],
  ])('RFC 6750 §3.1: refuses %s', (_, request) => {
    expect(codeOf(request)).toEqual(invalid)
  })

  it('does not take the value of another header for a second one', () => {
    const rawHeaders = ['x-name', 'authorization', 'authorization', 'Bearer a']
    expect(codeOf({ headers: { authorization }, rawHeaders })).toBe('token a')
  })
})
