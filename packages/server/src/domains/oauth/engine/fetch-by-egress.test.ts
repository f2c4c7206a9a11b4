import { expect, it } from 'vitest'
import { createEgress } from '../../../platform/egress/index.ts'
import { fetchByEgress } from './fetch-by-egress.ts'

it.each([
  'https://127.0.0.1/jwks',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/jwks',
  'http://example.com/jwks',
])('does not ask %s for the keys of a client', async (address) => {
  await expect(fetchByEgress(createEgress())(address)).rejects.toMatchObject({
    name: 'EgressError',
  })
})

it('posts what the engine posts, and hands the answer back', async () => {
  const seen: unknown[] = []
  const answer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"a":1}'),
  }
  const fetch = fetchByEgress({
    get: async () => answer,
    post: async (url, { body, headers }) => {
      seen.push(url, body, headers?.['content-type'])
      return answer
    },
  })

  const response = await fetch('https://client.example/logout', {
    method: 'POST',
    body: new URLSearchParams({ logout_token: 'x' }),
  })

  expect(await response.json()).toEqual({ a: 1 })
  expect(seen).toEqual([
    'https://client.example/logout',
    'logout_token=x',
    'application/x-www-form-urlencoded;charset=UTF-8',
  ])
})
