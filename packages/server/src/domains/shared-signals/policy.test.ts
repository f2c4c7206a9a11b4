import { expect, it } from 'vitest'
import { hours, seconds } from '../../kernel/index.ts'
import { retryDelay } from './policy.ts'

it('waits twice as long after each failure, and never much longer than an hour', () => {
  expect(retryDelay(1, 0)).toEqual(seconds(15))
  expect(retryDelay(2, 0)).toEqual(seconds(30))
  expect(retryDelay(9, 0)).toEqual(hours(1))
  expect(retryDelay(100_000, 0)).toEqual(hours(1))
})

it('spreads those who failed together over half of that time', () => {
  expect(retryDelay(2, 0.5)).toEqual(seconds(37.5))
  expect(retryDelay(2, 1)).toEqual(seconds(45))
})
