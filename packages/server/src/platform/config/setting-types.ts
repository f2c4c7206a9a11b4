import { isIP } from 'node:net'
import { Secret } from '../../kernel/index.ts'
import type { Parsed, SettingType } from './setting.ts'

export function wholeNumber(min: number, max: number): SettingType<number> {
  const text = `whole number, ${min}–${max}`
  const check = (value: number): Parsed<number> =>
    Number.isSafeInteger(value) && value >= min && value <= max
      ? { value }
      : { wrong: 'it is out of range', fix: `give a ${text}` }
  return {
    text,
    jsonSchema: { type: 'integer', minimum: min, maximum: max },
    fromText: (raw) => check(/^\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN),
    fromJson: (raw) => check(typeof raw === 'number' ? raw : Number.NaN),
    print: String,
  }
}

export const flag: SettingType<boolean> = {
  text: '`true` or `false`',
  jsonSchema: { type: 'boolean' },
  fromText: (raw) =>
    raw === 'true' || raw === 'false'
      ? { value: raw === 'true' }
      : { wrong: 'it is neither true nor false', fix: 'write `true` or `false`' },
  fromJson: (raw) =>
    typeof raw === 'boolean'
      ? { value: raw }
      : { wrong: 'it is not a boolean', fix: 'write true or false without quotes' },
  print: String,
}

export function oneOf<T extends string>(...values: readonly T[]): SettingType<T> {
  return fromStringParser({
    text: values.map((value) => `\`${value}\``).join(', '),
    jsonSchema: { enum: values },
    fromText: (raw) => {
      const value = values.find((candidate) => candidate === raw)
      return value === undefined
        ? { wrong: 'it is not one of the allowed values', fix: `use one of ${values.join(', ')}` }
        : { value }
    },
    print: String,
  })
}

export function isPath(value: string): boolean {
  return !value.includes('\0')
}

/** Text that `isValid` accepts; `text` says in words what that is. */
export function checkedText(
  text: string,
  isValid: (value: string) => boolean,
): SettingType<string> {
  return fromStringParser({
    text,
    jsonSchema: { type: 'string', minLength: 1 },
    fromText: (raw) =>
      isValid(raw) ? { value: raw } : { wrong: `it is not ${text}`, fix: `give ${text}` },
    print: (value) => value,
  })
}

export function listOf(item: SettingType<string>): SettingType<readonly string[]> {
  const parse = (raw: readonly unknown[]): Parsed<readonly string[]> => {
    const values: string[] = []
    for (const [index, entry] of raw.entries()) {
      const parsed = item.fromJson(entry)
      if ('wrong' in parsed)
        return { wrong: `entry ${index + 1}: ${parsed.wrong}`, fix: parsed.fix }
      values.push(parsed.value)
    }
    return { value: values }
  }
  return {
    text: `list (commas between) of: ${item.text}`,
    jsonSchema: { type: 'array', items: item.jsonSchema },
    fromText: (raw) => parse(raw.split(',').map((entry) => entry.trim())),
    fromJson: (raw) =>
      Array.isArray(raw) ? parse(raw) : { wrong: 'it is not a list', fix: 'write a JSON array' },
    print: (values) => values.join(','),
  }
}

export function secretUrl(...protocols: readonly string[]): SettingType<Secret<string>> {
  const text = `URL starting with ${protocols.map((protocol) => `\`${protocol}//\``).join(' or ')}`
  return fromStringParser({
    text,
    jsonSchema: { type: 'string', minLength: 1 },
    fromText: (raw) => {
      const url = URL.parse(raw)
      return url !== null && protocols.includes(url.protocol)
        ? { value: new Secret(raw) }
        : { wrong: `it is not a ${text}`, fix: `give a ${text}` }
    },
    print: String,
  })
}

/** One line of visible characters: nothing that could add another header. */
export const secretHeader: SettingType<Secret<string>> = fromStringParser({
  text: 'value of an HTTP header',
  jsonSchema: { type: 'string', minLength: 1 },
  fromText: (raw) =>
    /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(raw)
      ? { value: new Secret(raw) }
      : { wrong: 'it is no value of a header', fix: 'give visible ASCII characters on one line' },
  print: String,
})

export const secretText: SettingType<Secret<string>> = fromStringParser({
  text: 'text',
  jsonSchema: { type: 'string', minLength: 1 },
  fromText: (raw) => ({ value: new Secret(raw) }),
  print: String,
})

/** PEM with at least one block of that label; several blocks may follow each other. */
export function secretPem(label: 'CERTIFICATE' | 'PRIVATE KEY'): SettingType<Secret<string>> {
  const pattern = new RegExp(`-----BEGIN (?:[A-Z]+ )?${label}-----[\\s\\S]+-----END `)
  const text = label === 'CERTIFICATE' ? 'certificates in PEM' : 'a private key in PEM'
  return fromStringParser({
    text,
    jsonSchema: { type: 'string', minLength: 1 },
    fromText: (raw) =>
      pattern.test(raw)
        ? { value: new Secret(raw) }
        : { wrong: `it is not ${text}`, fix: `give ${text}, best by the _FILE twin` },
    print: String,
  })
}

export const secretKey: SettingType<Secret<Uint8Array>> = fromStringParser({
  text: '32 bytes in base64',
  jsonSchema: { type: 'string', minLength: 43, maxLength: 44 },
  fromText: (raw) => {
    if (!KEY_PATTERN.test(raw)) return { wrong: 'it is not 32 bytes in base64', fix: MAKE_A_KEY }
    return { value: new Secret<Uint8Array>(Buffer.from(raw, 'base64')) }
  },
  print: String,
})

export function secretKeys(): SettingType<readonly Secret<Uint8Array>[]> {
  const parse = (raw: readonly unknown[]): Parsed<readonly Secret<Uint8Array>[]> => {
    const values: Secret<Uint8Array>[] = []
    for (const entry of raw) {
      const parsed = secretKey.fromJson(entry)
      if ('wrong' in parsed) return parsed
      values.push(parsed.value)
    }
    return { value: values }
  }
  return {
    text: 'list (commas between) of: 32 bytes in base64',
    jsonSchema: { type: 'array', items: secretKey.jsonSchema },
    fromText: (raw) => parse(raw.split(',').map((entry) => entry.trim())),
    fromJson: (raw) =>
      Array.isArray(raw) ? parse(raw) : { wrong: 'it is not a list', fix: 'write a JSON array' },
    print: String,
  }
}

/** An `http(s)` origin without path, query or user; the canonical form is compared. */
export function isOrigin(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return value === url.origin || value === `${url.origin}/`
}

/** `https`, or `http` to a host that is this machine. The form is kept; a path may follow. */
export function isServiceUrl(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.password !== '') return false
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  const isSecure = url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)
  return isSecure && url.search === '' && url.hash === ''
}

export function isAddressOrNetwork(value: string): boolean {
  const [address = '', prefix, ...rest] = value.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return false
  if (prefix === undefined) return true
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
}

export function isHostName(value: string): boolean {
  return isIP(value) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i.test(value)
}

function fromStringParser<T>(type: Omit<SettingType<T>, 'fromJson'>): SettingType<T> {
  const notText = { wrong: 'it is not a string', fix: 'write a JSON string' }
  return {
    ...type,
    fromJson: (raw) => (typeof raw === 'string' ? type.fromText(raw) : notText),
  }
}

/** 43 characters carry 256 bits and two that are ignored; also base64url. */
const KEY_PATTERN = /^[A-Za-z0-9+/_-]{43}=?$/

export const MAKE_A_KEY = 'make one with `openssl rand -base64 32`'
