import { describe, expect, it } from 'vitest'
import { newId } from '../../kernel/index.ts'
import {
  formatSessionCookie,
  hashSessionCookie,
  makeSessionCookie,
  parseSessionCookie,
} from './session-cookie.ts'

const ID = 'ses_01h455vb4pex5vsknk084sn02q'
const SECRET = 'A'.repeat(43)

describe('the cookie of a session', () => {
  it('is read back as it was written', () => {
    const cookie = makeSessionCookie(newId('ses'))

    const parsed = parseSessionCookie(formatSessionCookie(cookie).reveal())

    expect(parsed?.id).toBe(cookie.id)
    expect(parsed === undefined ? undefined : hashSessionCookie(parsed)).toEqual(
      hashSessionCookie(cookie),
    )
  })

  it.each([
    ['nothing', ''],
    ['an id alone', ID],
    ['a refresh token', `rft_01h455vb4pex5vsknk084sn02q.${SECRET}`],
    ['another separator', `${ID}-${SECRET}`],
    ['a short secret', `${ID}.${'A'.repeat(42)}`],
    ['a long secret', `${ID}.${'A'.repeat(44)}`],
    ['a last character with unused bits', `${ID}.${'A'.repeat(42)}B`],
    ['a line break at the end', `${ID}.${SECRET}\n`],
  ])('refuses %s', (_, text) => {
    expect(parseSessionCookie(text)).toBeUndefined()
  })

  it('accepts what the refusals above are variations of', () => {
    expect(parseSessionCookie(`${ID}.${SECRET}`)).toBeDefined()
  })
})
