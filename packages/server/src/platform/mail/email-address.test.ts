import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEmailAddress, parseMailSender } from './index.ts'

describe('parseEmailAddress', () => {
  it.each([
    ['ben@acme.test', 'ben@acme.test'],
    ['Ben.Smith+tag@ACME.Test', 'ben.smith+tag@acme.test'],
    ["o'neil_x-1@a-b.co.uk", "o'neil_x-1@a-b.co.uk"],
    ['ben@bücher.example', 'ben@xn--bcher-kva.example'],
    ['ben@BÜCHER.example', 'ben@xn--bcher-kva.example'],
    ['ben@xn--bcher-kva.example', 'ben@xn--bcher-kva.example'],
    ['ben@例え.テスト', 'ben@xn--r8jz45g.xn--zckzah'],
  ])('reads %s as %s', (text, canonical) => {
    expect(parseEmailAddress(text)).toBe(canonical)
  })

  it.each([
    ['nothing', ''],
    ['no at sign', 'ben.acme.test'],
    ['no local part', '@acme.test'],
    ['no domain', 'ben@'],
    ['two at signs', 'ben@evil.test@acme.test'],
    ['two addresses', 'ben@acme.test,eve@evil.test'],
    ['two addresses with a semicolon', 'ben@acme.test;eve@evil.test'],
    ['angle brackets', '<ben@acme.test>'],
    ['a display name', 'Ben <ben@acme.test>'],
    ['a line break and a header', 'ben@acme.test\r\nBcc: eve@evil.test'],
    ['a line break at the end', 'ben@acme.test\n'],
    ['a line break in the local part', 'be\nn@acme.test'],
    ['a line break in the domain', 'ben@ac\nme.test'],
    ['a tab in the domain', 'ben@ac\tme.test'],
    ['a NUL', 'ben@acme.test\0'],
    ['a space in front', ' ben@acme.test'],
    ['a quoted local part', '"ben"@acme.test'],
    ['a comment', 'ben(x)@acme.test'],
    ['a domain literal', 'ben@[127.0.0.1]'],
    ['an IPv4 address', 'ben@127.0.0.1'],
    ['a hexadecimal IPv4 address', 'ben@0x7f.1'],
    ['a domain without a dot', 'ben@localhost'],
    ['a dot at the end', 'ben@acme.test.'],
    ['a dot in front of the domain', 'ben@.acme.test'],
    ['two dots', 'ben..x@acme.test'],
    ['a dot at the end of the local part', 'ben.@acme.test'],
    ['a hyphen in front of a label', 'ben@-acme.test'],
    ['an underscore in the domain', 'ben@ac_me.test'],
    ['percent encoding in the domain', 'ben@ac%6de.test'],
    ['a slash in the domain', 'ben@acme.test/x'],
    ['a port', 'ben@acme.test:25'],
    ['a local part of another script', 'bén@acme.test'],
    ['a soft hyphen', 'ben@ac\u00adme.test'],
    ['a right-to-left override', 'ben@\u202eacme.test'],
  ])('refuses %s', (_, text) => {
    expect(parseEmailAddress(text)).toBeUndefined()
  })

  it('accepts 64 characters before the at sign and not 65', () => {
    expect(parseEmailAddress(`${'a'.repeat(64)}@acme.test`)).toBeDefined()
    expect(parseEmailAddress(`${'a'.repeat(65)}@acme.test`)).toBeUndefined()
  })

  it('accepts 254 characters and not 255', () => {
    const domain = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(56)}.test`

    expect(parseEmailAddress(`${'a'.repeat(64)}@${domain}`)).toHaveLength(254)
    expect(parseEmailAddress(`${'a'.repeat(64)}@d${domain}`)).toBeUndefined()
  })

  it('counts the characters as given, too', () => {
    const decomposed = `${'u\u0308'.repeat(50)}.`

    expect(parseEmailAddress(`a@${decomposed.repeat(2)}test`)).toBeDefined()
    expect(parseEmailAddress(`${'a'.repeat(64)}@${decomposed.repeat(2)}test`)).toBeUndefined()
  })

  it('counts the ASCII form of the domain, too', () => {
    const label = `${'ü'.repeat(40)}.`

    expect(parseEmailAddress(`${'a'.repeat(64)}@${label.repeat(4)}test`)).toBeUndefined()
  })

  it('gives itself for what it has given', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const address = parseEmailAddress(text)
        if (address !== undefined) expect(parseEmailAddress(address)).toBe(address)
      }),
    )
  })
})

describe('parseMailSender', () => {
  it('reads an address, with or without a name', () => {
    expect(parseMailSender('Id@example.com')).toEqual({ name: '', address: 'id@example.com' })
    expect(parseMailSender('Acme Bank <id@example.com>')).toEqual({
      name: 'Acme Bank',
      address: 'id@example.com',
    })
    expect(parseMailSender('<id@example.com>')?.name).toBe('')
  })

  it.each([
    'A\r\nBcc: x <id@example.com>',
    'A, B <id@example.com>',
    'A <a@b.c> <d@e.f>',
    'A',
    '  <id@example.com>',
  ])('refuses %j', (text) => {
    expect(parseMailSender(text)).toBeUndefined()
  })
})
