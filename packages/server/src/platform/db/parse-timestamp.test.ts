import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from './parse-timestamp.ts'

const parseAsPg = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text')

describe('parseTimestamp', () => {
  it.each([
    '2026-11-22 18:58:28+00',
    '2026-11-22 18:58:28.1+00',
    '2026-11-22 18:58:28.123+00',
    '2026-11-22 18:58:28.123456+00',
    '2026-11-22 18:58:28.123999+00',
    '1969-12-31 23:59:59.5+00',
    '2026-11-22 18:58:28+01',
    '2026-11-22 18:58:28.5-03:30',
    '0044-03-15 12:00:00+00 BC',
    '0044-03-15 12:00:00+00',
    '12026-11-22 18:58:28+00',
  ])('reads %s as pg does', (text) => {
    expect(parseTimestamp(text)).toEqual(parseAsPg(text))
  })

  it.each(['infinity', '-infinity'])('leaves %s to pg', (text) => {
    expect(parseTimestamp(text)).toEqual(parseAsPg(text))
  })
})
