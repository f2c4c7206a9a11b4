import { expect, it } from 'vitest'
import type { RequestContext, RequestSource } from '../../kernel/index.ts'
import { describeClient } from './describe-client.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0'
const source = { ip: '192.0.2.1', userAgent: FIREFOX, languages: ['de-CH', 'en'] }
const describe = (more: Partial<RequestSource>) =>
  describeClient({ source: { ...source, ...more } } as RequestContext)

it('takes a program for the same after an update', () => {
  expect(describe({ userAgent: FIREFOX.replaceAll('140', '141') })).toBe(describe({}))
})

it.each([
  ['another program', { userAgent: 'curl/8' }],
  ['another system', { userAgent: FIREFOX.replace('X11; Linux x86_64', 'Windows NT 10.0') }],
  ['another platform', { clientHints: '"Android" ?1' }],
  ['other languages', { languages: ['ru'] }],
])('takes a program for another one with %s', (_, more) => {
  expect(describe(more)).not.toBe(describe({}))
})

it('says nothing of a program that says nothing of itself', () => {
  expect(describe({ userAgent: undefined })).toBeUndefined()
})
