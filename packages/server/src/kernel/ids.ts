import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'
import { systemClock } from './clock.ts'

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

/** Makes a new id; ids made later by this process sort later, also within a millisecond. */
export function newId<Prefix extends string>(prefix: Prefix): Id<Prefix> {
  const random = takeRandom()
  const now = systemClock.now().getTime()
  if (now > made.msecs) {
    made.msecs = now
    made.seq = random.readUInt32BE(0) >>> 1
  } else {
    // RFC 9562 §6.2, method 1: counted on within a millisecond, and when the clock steps back.
    made.seq = (made.seq + 1) >>> 0
    if (made.seq === 0) made.msecs += 1
  }
  return `${prefix}_${encodeBase32(v7({ random, ...made }, new Uint8Array(16)))}`
}

/** The time and the counter of the id made last. */
const made = { msecs: 0, seq: 0 }

/** 16 bytes that nobody else gets. A call of the generator costs more than all else of an id. */
function takeRandom(): Buffer {
  if (randomPosition === randomPool.length) {
    randomFillSync(randomPool)
    randomPosition = 0
  }
  return randomPool.subarray(randomPosition, (randomPosition += 16))
}

const randomPool = Buffer.alloc(4096)
let randomPosition = randomPool.length

/** @throws TypeError if `uuid` is not a UUID; only values from our own database come here. */
export function fromUuid<Prefix extends string>(prefix: Prefix, uuid: string): Id<Prefix> {
  if (!UUID_PATTERN.test(uuid)) throw new TypeError('not a UUID')
  let length = 0
  let high = -1
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i)
    if (code === DASH) continue
    const value = code <= NINE ? code - ZERO : code - A + 10
    if (high < 0) {
      high = value
    } else {
      uuidBytes[length++] = (high << 4) | value
      high = -1
    }
  }
  return `${prefix}_${encodeBase32(uuidBytes)}`
}

/** The UUID inside an id, for the database. */
export function toUuid(id: Id<string>): string {
  const bytes = decodeBase32(id.slice(id.lastIndexOf('_') + 1))
  if (bytes === undefined) throw new TypeError('not an id')
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
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

/** RFC 9562 §4: a version 1–8 and the variant bits `10`; PostgreSQL and `uuid` accept these. */
function isRfc9562(bytes: Uint8Array): boolean {
  const version = (bytes[6] ?? 0) >> 4
  return version >= 1 && version <= 8 && (bytes[8] ?? 0) >> 6 === 0b10
}

/** 128 bits are 26 characters of 5 bits, after two zero bits: a request does this several times. */
function encodeBase32(bytes: Uint8Array): string {
  let length = 0
  let buffer = 0
  let bits = 2
  for (let i = 0; i < bytes.length; i++) {
    buffer = (buffer << 8) | (bytes[i] ?? 0)
    bits += 8
    while (bits >= 5) {
      bits -= 5
      encoded[length++] = CODES[(buffer >> bits) & 31] ?? 0
    }
    buffer &= (1 << bits) - 1
  }
  return encoded.toString('latin1', 0, length)
}

function decodeBase32(text: string): Buffer | undefined {
  if (!ID_PATTERN.test(text)) return undefined
  const bytes = Buffer.allocUnsafe(16)
  let buffer = 0
  let bits = -2
  let length = 0
  for (let i = 0; i < text.length; i++) {
    buffer = (buffer << 5) | (VALUES[text.charCodeAt(i)] ?? 0)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = buffer >> bits
    buffer &= (1 << bits) - 1
  }
  return bytes
}

/** Crockford's base 32, lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODES = Buffer.from(ALPHABET, 'latin1')
const [DASH, ZERO, NINE, A] = [45, 48, 57, 97]
/** What is at work; nothing waits between writing and reading them. */
const encoded = Buffer.alloc(26)
const uuidBytes = Buffer.alloc(16)
/** Character code to value. */
const VALUES = new Uint8Array(128)
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value
/** 128 bits in 26 characters of 5 bits: the first character carries 3 bits only. */
const ID_PATTERN = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
