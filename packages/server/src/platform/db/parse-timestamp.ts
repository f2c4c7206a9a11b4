import pg from 'pg'

/**
 * PostgreSQL's text of a timestamptz (`2026-11-22 18:58:28.123456+00`) as a Date, which keeps
 * milliseconds. In UTC it is rewritten to ISO 8601 for the engine's own parser, which takes a
 * twentieth of the time of pg's; every other form (another zone, BC, infinity) is left to pg.
 */
export function parseTimestamp(text: string): unknown {
  if (text.length >= UTC_LENGTH && text.endsWith('+00') && text.charCodeAt(10) === SPACE) {
    const date = new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    if (!Number.isNaN(date.getTime())) return date
  }
  return parseOtherForm(text)
}

const parseOtherForm = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text')
/** `2026-11-22 18:58:28+00` */
const UTC_LENGTH = 22
const SPACE = 32
