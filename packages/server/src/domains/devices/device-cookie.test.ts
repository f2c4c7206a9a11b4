import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { newId } from '../../kernel/index.ts'
import { createDeviceCookies } from './device-cookie.ts'

const acme = { id: newId('ten') }
const globex = { id: newId('ten') }
const key = randomBytes(32)
const cookies = createDeviceCookies([key])

it('reads what it wrote', () => {
  const device = cookies.make()

  const read = cookies.parse(acme, cookies.format(acme, device).reveal())

  expect(read?.hash).toEqual(device.hash)
  expect(read?.value.equals(device.value)).toBe(true)
})

it('makes a device of 256 bits, another one each time', () => {
  const values = Array.from({ length: 50 }, () => cookies.make().value.reveal())

  expect(new Set(values).size).toBe(50)
  for (const value of values) expect(Buffer.from(value, 'base64url')).toHaveLength(32)
})

it('refuses the cookie of another tenant', () => {
  const text = cookies.format(globex, cookies.make()).reveal()

  expect(cookies.parse(acme, text)).toBeUndefined()
})

it('refuses a cookie that was made with another key', () => {
  const theirs = createDeviceCookies([randomBytes(32)])

  expect(cookies.parse(acme, theirs.format(acme, theirs.make()).reveal())).toBeUndefined()
})

it('still reads cookies from before the master key was changed, and writes them anew', () => {
  const device = cookies.make()
  const renewed = createDeviceCookies([randomBytes(32), key])

  const read = renewed.parse(acme, cookies.format(acme, device).reveal())

  expect(read?.hash).toEqual(device.hash)
  expect(cookies.parse(acme, renewed.format(acme, device).reveal())).toBeUndefined()
})

it('refuses whatever was changed, cut off or added', () => {
  const text = cookies.format(acme, cookies.make()).reveal()
  const other = cookies.format(acme, cookies.make()).reveal()
  const changed = [
    '',
    '.',
    text.slice(0, -1),
    text.slice(1),
    text.slice(0, 43),
    text.slice(0, 44),
    `${text}A`,
    ` ${text}`,
    text.replace('.', ''),
    `${text.slice(0, 43)}${other.slice(43)}`,
    `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`,
    `${text.slice(0, -2)}${text.endsWith('A') ? 'B' : 'A'}`,
    `${text}.${text}`,
  ]

  for (const one of changed) expect([one, cookies.parse(acme, one)]).toEqual([one, undefined])
})

it('can not be made without a key', () => {
  expect(() => createDeviceCookies([])).toThrow(TypeError)
})
