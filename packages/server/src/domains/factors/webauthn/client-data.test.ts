import { expect, it } from 'vitest'
import { parseClientData } from './client-data.ts'

const encode = (text: string) => Buffer.from(text).toString('base64url')
const GOOD = { type: 'webauthn.get', challenge: 'abc', origin: 'https://id.example' }

it('reads the challenge, and whether the page was in a frame of another site', () => {
  const read = (more: object) => parseClientData(encode(JSON.stringify({ ...GOOD, ...more })))

  expect(read({})).toEqual({ challenge: 'abc', isCrossOrigin: false })
  expect(read({ crossOrigin: false })).toEqual({ challenge: 'abc', isCrossOrigin: false })
  // WebAuthn L3 §5.8.1: whatever is said of it and is not `false` counts as a frame.
  for (const more of [{ crossOrigin: true }, { crossOrigin: 'false' }, { topOrigin: null }]) {
    expect(read(more)).toEqual({ challenge: 'abc', isCrossOrigin: true })
  }
})

it.each([
  ['no JSON', '{'],
  ['nothing', ''],
  ['null', 'null'],
  ['a number', '5'],
  ['a text', '"abc"'],
  ['no challenge', '{}'],
  ['a challenge that is a number', '{"challenge":5}'],
  ['a challenge that is null', '{"challenge":null}'],
  ['an empty challenge', '{"challenge":""}'],
])('takes %s for no client data, and throws nothing', (_, text) => {
  expect(parseClientData(encode(text))).toBeUndefined()
})
