import { describe, expect, it } from 'vitest'
import { addDuration, milliseconds, seconds } from '../../kernel/index.ts'
import { isWithinGrace } from './model.ts'

const consumedAt = new Date('2026-03-01T12:00:00Z')
const grace = seconds(10)

describe('the grace of a consumed refresh token', () => {
  it.each([
    ['at once', 0, true],
    ['in its last millisecond', 9_999, true],
    ['when it has passed', 10_000, false],
    ['long after', 3_600_000, false],
    ['on a node whose clock is a little behind', -5_000, true],
    ['after the clock stepped back by more than the tolerance', -5_001, false],
    ['after the clock stepped back by an hour', -3_600_000, false],
  ])('%s: %i ms after the consumption is %s', (_, elapsed, expected) => {
    const now = addDuration(consumedAt, milliseconds(elapsed))

    expect(isWithinGrace(consumedAt, now, grace)).toBe(expected)
  })

  it.each([0, -1, -5_000])('does not exist where it is 0, even %i ms after', (elapsed) => {
    const now = addDuration(consumedAt, milliseconds(elapsed))

    expect(isWithinGrace(consumedAt, now, seconds(0))).toBe(false)
  })
})
