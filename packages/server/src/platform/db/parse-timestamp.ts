import pg from 'pg'

/**
 * PostgreSQL's text of a timestamptz (`2026-11-22 18:58:28.123456+00`) as a Date, which keeps
 * milliseconds. A bearer request reads six of them, so in UTC the digits are taken as they stand.
 * Every other form (another zone, BC, infinity, the first century) is left to pg.
 */
export function parseTimestamp(text: string): unknown {
  const isUtc =
    text.length >= UTC_LENGTH &&
    text.endsWith('+00') &&
    text.charCodeAt(10) === SPACE &&
    !text.startsWith('00')
  return isUtc ? new Date(readUtc(text)) : parseOtherForm(text)
}

function readUtc(text: string): number {
  const fraction = text.slice(20, Math.min(23, text.length - 3)).padEnd(3, '0')
  return Date.UTC(
    digits(text, 0, 4),
    digits(text, 5, 7) - 1,
    digits(text, 8, 10),
    digits(text, 11, 13),
    digits(text, 14, 16),
    digits(text, 17, 19),
    digits(fraction, 0, 3),
  )
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let index = from; index < to; index++) value = value * 10 + text.charCodeAt(index) - ZERO
  return value
}

const parseOtherForm = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text')
/** `2026-11-22 18:58:28+00` */
const UTC_LENGTH = 22
const SPACE = 32
const ZERO = 48
