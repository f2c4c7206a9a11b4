import { stringify, parse, v7 } from 'uuid'

/**
 * Identifiers are `uuid` v7 in the database and TypeID strings (`usr_01h45y…`) everywhere else.
 * The prefix is part of the TypeScript type, so that a session id can't be passed as a user id.
 * @see https://github.com/jetify-com/typeid/tree/main/spec
 */
export type Id<Prefix extends string> = `${Prefix}_${string}`

export type TenantId = Id<'ten'>
export type UserId = Id<'usr'>
export type SessionId = Id<'ses'>
export type RefreshTokenId = Id<'rft'>
export type ClientId = Id<'cli'>
export type KeyId = Id<'key'>
export type EventId = Id<'evt'>
export type RoleId = Id<'rol'>
export type OutboxId = Id<'out'>
export type RequestId = Id<'req'>
export type TokenId = Id<'jti'>

/** Makes a new id; ids made later sort later (milliseconds). */
export function newId<Prefix extends string>(prefix: Prefix): Id<Prefix> {
  return fromUuid(prefix, v7())
}

/** @throws TypeError if `uuid` is not a UUID; only values from our own database come here. */
export function fromUuid<Prefix extends string>(prefix: Prefix, uuid: string): Id<Prefix> {
  return `${prefix}_${encodeBase32(parse(uuid))}`
}

/** The UUID inside an id, for the database. */
export function toUuid(id: Id<string>): string {
  const bytes = decodeBase32(id.slice(id.lastIndexOf('_') + 1))
  if (bytes === undefined) throw new TypeError('not an id')
  return stringify(bytes)
}

/** Returns the id if `text` is one of that kind, else undefined. Accepts the canonical form only. */
export function parseId<Prefix extends string>(
  prefix: Prefix,
  text: string,
): Id<Prefix> | undefined {
  if (!text.startsWith(`${prefix}_`)) return undefined
  const bytes = decodeBase32(text.slice(prefix.length + 1))
  if (bytes === undefined || !isRfc9562(bytes)) return undefined
  return text as Id<Prefix>
}

/** RFC 9562 §4: a version 1–8 and the variant bits `10`; `uuid` and PostgreSQL accept these. */
function isRfc9562(bytes: Uint8Array): boolean {
  const version = (bytes[6] ?? 0) >> 4
  return version >= 1 && version <= 8 && (bytes[8] ?? 0) >> 6 === 0b10
}

function encodeBase32(bytes: Uint8Array): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  for (let i = 0; i < ID_CHARACTERS; i++) {
    text = ALPHABET.charAt(Number(value & 31n)) + text
    value >>= 5n
  }
  return text
}

function decodeBase32(text: string): Uint8Array | undefined {
  if (!ID_PATTERN.test(text)) return undefined
  let value = 0n
  for (const character of text) value = (value << 5n) | BigInt(ALPHABET.indexOf(character))
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex')
}

/** Crockford's base 32, lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
/** 128 bits in 26 characters of 5 bits: the first character carries 3 bits only. */
const ID_PATTERN = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/
const ID_CHARACTERS = 26
