import { describe, expect, it } from 'vitest'
import { HABITS_OF_KIND } from '../policy.ts'
import { compareHabits, type Habits, learn, noHabits } from './habits.ts'
import type { Observation } from './observation.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 5, 9)

function seen(day: number, more: Partial<Observation> = {}): Observation {
  const at = new Date(START + day * DAY)
  const usual = { country: ['CH'], network: ['office'], client: ['firefox'], hour: 9 }
  return { ...usual, point: undefined, at, ...more }
}

const after = (...observations: readonly Observation[]): Habits =>
  observations.reduce(learn, noHabits(new Date(START)))
const days = (count: number, more: Partial<Observation> = {}) =>
  Array.from({ length: count }, (_, day) => seen(day, more))

describe('a sign-in', () => {
  const usual = after(...days(5))

  it.each([
    ['like all others', {}, []],
    ['in another country', { country: ['FR'] }, ['new_country']],
    ['in another network', { network: ['train'] }, ['new_network']],
    ['with another program', { client: ['curl'] }, ['new_client_kind']],
    [
      'with everything else',
      { country: ['FR'], network: ['x'], client: ['y'] },
      ['new_country', 'new_network', 'new_client_kind'],
    ],
    [
      'of which nobody can tell a thing',
      { country: undefined, network: undefined, client: undefined },
      [],
    ],
    ['that was learnt under an earlier key', { country: ['new name', 'CH'] }, []],
  ] as const)('%s', (_, more, signals) => {
    expect(compareHabits(usual, seen(5, more as Partial<Observation>))).toEqual(signals)
  })

  it('is nothing unusual before there is a habit', () => {
    const elsewhere = seen(3, { country: ['FR'], network: ['x'], client: ['y'], hour: 3 })

    expect(compareHabits(after(...days(2)), elsewhere)).toEqual([])
    expect(compareHabits(after(...days(3)), elsewhere)).not.toEqual([])
    // Three that have faded to less than two and a half.
    expect(compareHabits(after(...days(3)), seen(20, { country: ['FR'] }))).toEqual([])
  })

  it('in a country is nothing new where no country was ever known', () => {
    const blind = after(...days(5, { country: undefined }))

    expect(compareHabits(blind, seen(5, { country: ['FR'] }))).toEqual([])
  })

  it('is usual once it was learnt, for 120 days', () => {
    const travelled = after(...days(5), seen(5, { country: ['FR'] }))
    const regular = Array.from({ length: 12 }, (_, i) => seen(10 + i * 10)).reduce(learn, travelled)

    expect(compareHabits(regular, seen(125, { country: ['FR'] }))).toEqual([])
    expect(compareHabits(regular, seen(126, { country: ['FR'] }))).toEqual(['new_country'])
  })

  it('after a long absence is one of a stranger, about whom nothing is known', () => {
    expect(compareHabits(usual, seen(200, { country: ['FR'] }))).toEqual([])
  })
})

describe('an hour', () => {
  const usual = after(...days(12))

  it.each([
    [9, []],
    [11, []],
    [7, []],
    [12, ['unusual_hour']],
    [21, ['unusual_hour']],
  ] as const)('%i of somebody who comes at nine', (hour, signals) => {
    expect(compareHabits(usual, seen(12, { hour }))).toEqual(signals)
  })

  it('is judged over midnight', () => {
    const late = after(...days(12, { hour: 23 }))

    expect(compareHabits(late, seen(12, { hour: 1 }))).toEqual([])
    expect(compareHabits(late, seen(12, { hour: 2 }))).toEqual(['unusual_hour'])
  })

  it.each([
    [8, []],
    [9, ['unusual_hour']],
  ] as const)('is not judged before there were many: %i', (count, signals) => {
    expect(compareHabits(after(...days(count)), seen(count, { hour: 21 }))).toEqual(signals)
  })

  it('is judged from the eighth sign-in on', () => {
    const eight = after(...Array.from({ length: 8 }, () => seen(0)))

    expect(compareHabits(eight, seen(0, { hour: 21 }))).toEqual(['unusual_hour'])
  })

  it.each([
    [19, []],
    [20, ['unusual_hour']],
  ] as const)('that is a twentieth of all is usual: one beside %i', (others, signals) => {
    const mixed = after(...Array.from({ length: others }, () => seen(0)), seen(0, { hour: 21 }))

    expect(compareHabits(mixed, seen(0, { hour: 21 }))).toEqual(signals)
  })
})

describe('what is kept', () => {
  it('is bounded, and the rarest goes first', () => {
    const often = days(3)
    const networks = Array.from({ length: 50 }, (_, i) => seen(3, { network: [`n${i}`] }))

    const { networks: kept } = after(...often, ...networks)

    expect(Object.keys(kept)).toHaveLength(HABITS_OF_KIND)
    expect(kept).toHaveProperty('office')
    expect(kept).toHaveProperty('n49')
  })

  it('is what was seen often, however long ago the rest was learnt first', () => {
    const names = Array.from({ length: HABITS_OF_KIND - 1 }, (_, i) =>
      seen(4, { network: [`n${i}`] }),
    )

    const { networks } = after(seen(0, { network: ['once'] }), ...days(3), ...names)

    expect(networks).toHaveProperty('office')
    expect(networks).toHaveProperty(`n${HABITS_OF_KIND - 2}`)
    expect(networks).not.toHaveProperty('once')
  })

  it('forgets what has faded, and makes nothing heavier when the clock steps back', () => {
    const { networks } = after(seen(0), seen(130, { network: ['train'] }))
    const back = after(seen(10), seen(0))

    expect(Object.keys(networks)).toEqual(['train'])
    const onTheDay = after(seen(0), seen(120, { network: ['train'] })).networks
    expect(Object.keys(onTheDay)).toEqual(['office', 'train'])
    expect(back.networks['office']?.weight).toBe(2)
  })

  it('is the last place that was known', () => {
    const point = { latitude: 47, longitude: 7, accuracyKm: 10 }

    expect(after(seen(0, { point }), seen(1)).place).toEqual({ point, at: seen(0).at })
  })
})
