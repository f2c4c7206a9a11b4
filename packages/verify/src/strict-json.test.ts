import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson, StrictJsonError } from './strict-json.ts'
import type { StrictJsonLimits } from './strict-json.ts'

function attempt(text: string | Uint8Array, limits?: StrictJsonLimits): unknown {
  try {
    parseStrictJson(text, limits)
    return 'accepted'
  } catch (error) {
    return error
  }
}

function codeOf(text: string | Uint8Array, limits?: StrictJsonLimits): unknown {
  const outcome = attempt(text, limits)
  return outcome instanceof StrictJsonError ? outcome.code : outcome
}

describe('parseStrictJson', () => {
  it('gives what JSON.parse gives for every document without duplicates', () => {
    const json = fc.jsonValue({ noUnicodeString: false }).filter((value) => {
      const text = JSON.stringify(value)
      return !text.includes('\\u') && !text.includes('__proto__')
    })
    fc.assert(
      fc.property(json, fc.boolean(), (value, asBytes) => {
        const text = JSON.stringify(value, undefined, asBytes ? 2 : 0)
        const parsed = parseStrictJson(asBytes ? new TextEncoder().encode(text) : text)
        expect(parsed).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['a plain duplicate', '{"a":1,"a":2}', 'duplicate_member'],
    ['the same value twice', '{"a":1,"a":1}', 'duplicate_member'],
    ['a duplicate after unescaping', '{"a":1,"\\u0061":2}', 'duplicate_member'],
    ['a nested duplicate', '[{"x":{"a":1,"a":2}}]', 'duplicate_member'],
    ['a duplicate that hides an object', '{"a":{"b":1,"c":2},"a":1}', 'duplicate_member'],
    ['a duplicate empty name', '{"":1,"":2}', 'duplicate_member'],
    ['a raw NUL in a string', '"a\0"', 'nul_character'],
    ['an escaped NUL in a value', '{"a":"\\u0000"}', 'nul_character'],
    ['an escaped NUL in a name', '{"\\u0000":1}', 'nul_character'],
    ['an escaped lone surrogate', '["\\ud800"]', 'bad_utf8'],
    ['an escaped lone surrogate in a name', '{"\\udc00":1}', 'bad_utf8'],
    ['a raw lone surrogate', '"\ud800"', 'bad_utf8'],
    ['a byte order mark', '\ufeff{}', 'bad_utf8'],
    ['__proto__', '{"__proto__":{}}', 'forbidden_member'],
    ['an escaped __proto__', '{"__pr\\u006fto__":{}}', 'forbidden_member'],
    ['nothing', '', 'syntax'],
    ['a trailing comma', '{"a":1,}', 'syntax'],
    ['two documents', '{}{}', 'syntax'],
    ['a comment', '{} // x', 'syntax'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  it.each([
    ['an overlong encoding', [0x22, 0xc0, 0x80, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x31]],
  ])('refuses bytes with %s', (_, bytes) => {
    expect(codeOf(Uint8Array.from(bytes))).toBe('bad_utf8')
  })

  it.each([
    ['colons and quotes inside strings', '{"a:\\"b":"c\\\\","d":":"}'],
    ['one name in several objects', '{"a":{"a":1},"b":[{"a":1},{"a":2}]}'],
    ['escaped pairs of surrogates', '["\\ud83d\\ude00"]'],
    ['names of the prototype other than __proto__', '{"constructor":1,"toString":2}'],
  ])('accepts %s', (_, text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text))
  })

  it('accepts nesting up to the limit and refuses one level more', () => {
    expect(codeOf('[[[]]]', { maxDepth: 3 })).toBe('accepted')
    expect(codeOf('[{"a":[{}]}]', { maxDepth: 3 })).toBe('too_deep')
    expect(codeOf(`${'['.repeat(33)}${']'.repeat(33)}`)).toBe('too_deep')
    expect(codeOf('['.repeat(200_000) + ']'.repeat(200_000))).toBe('too_deep')
  })

  it('counts the members of all objects against the limit', () => {
    expect(codeOf('{"a":{"b":1}}', { maxMembers: 2 })).toBe('accepted')
    expect(codeOf('{"a":{"b":1,"c":2}}', { maxMembers: 2 })).toBe('too_many_members')
  })

  it('never quotes the text in its error', () => {
    const secret = '{"password":"hunter2" oops}'

    const error: unknown = attempt(secret)

    expect(error).toMatchObject({ code: 'syntax', message: expect.not.stringContaining('hunter2') })
    expect(error).not.toHaveProperty('cause')
  })
})
