import { describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { sha256 } from '../../platform/crypto/index.ts'
import {
  formatRefreshToken,
  hashRefreshToken,
  makeRefreshToken,
  parseRefreshToken,
} from './refresh-token-format.ts'

const ID = 'rft_01h455vb4pex5vsknk084sn02q'
const SECRET = 'A'.repeat(43)

describe('the format of a refresh token', () => {
  it('is an id, a dot and 256 random bits', () => {
    const token = formatRefreshToken(makeRefreshToken()).reveal()

    expect(token).toMatch(/^rft_[0-9a-z]{26}\.[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(token.slice(31), 'base64url')).toHaveLength(32)
  })

  it('never gives the same secret twice', () => {
    const secrets = Array.from({ length: 100 }, () => makeRefreshToken().secret.reveal())

    expect(new Set(secrets).size).toBe(100)
  })

  it('is read back as it was written', () => {
    const token = makeRefreshToken()

    const parsed = parseRefreshToken(formatRefreshToken(token))

    expect(parsed?.id).toBe(token.id)
    expect(parsed?.secret.reveal()).toBe(token.secret.reveal())
  })

  it('stores the SHA-256 of the secret', () => {
    const token = makeRefreshToken()

    expect(hashRefreshToken(token)).toEqual(sha256(token.secret.reveal()))
  })

  it.each([
    ['nothing', ''],
    ['an id alone', ID],
    ['an empty secret', `${ID}.`],
    ['another prefix', `ses_01h455vb4pex5vsknk084sn02q.${SECRET}`],
    ['an upper-case id', `rft_01H455VB4PEX5VSKNK084SN02Q.${SECRET}`],
    ['another separator', `${ID}:${SECRET}`],
    ['a short secret', `${ID}.${'A'.repeat(42)}`],
    ['a long secret', `${ID}.${'A'.repeat(44)}`],
    ['padding', `${ID}.${'A'.repeat(42)}=`],
    ['the alphabet of plain base64', `${ID}.+${'A'.repeat(42)}`],
    ['a last character with unused bits', `${ID}.${'A'.repeat(42)}B`],
    ['white space around it', ` ${ID}.${SECRET}`],
    ['a line break at the end', `${ID}.${SECRET}\n`],
    ['a NUL byte', `${ID}.\0${'A'.repeat(42)}`],
  ])('refuses %s', (_, text) => {
    expect(parseRefreshToken(new Secret(text))).toBeUndefined()
  })

  it('accepts what the refusals above are variations of', () => {
    expect(parseRefreshToken(new Secret(`${ID}.${SECRET}`))).toBeDefined()
  })
})
