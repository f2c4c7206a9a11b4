import type { RiskSignal } from '../model.ts'
import {
  EXPERIENCE,
  EXPERIENCE_OF_HOURS,
  HABIT_HALF_LIFE,
  HABITS_OF_KIND,
  HOURS_AROUND,
  LEAST_WEIGHT,
  USUAL_SHARE,
} from '../policy.ts'
import type { Observation } from './observation.ts'
import { isImpossibleTravel, type Sighting } from './travel.ts'

export interface Counter {
  readonly weight: number
  readonly at: Date
}

/** By the name that an observation gives it. */
export type Counters = Readonly<Record<string, Counter>>

/** What is usual for one user. */
export interface Habits {
  readonly countries: Counters
  readonly networks: Counters
  readonly clients: Counters
  /** Weight of each hour of the day, as of `at`. */
  readonly hours: { readonly weights: readonly number[]; readonly at: Date }
  readonly place: Sighting | undefined
}

export function noHabits(at: Date): Habits {
  const weights = Array.from({ length: 24 }, () => 0)
  return { countries: {}, networks: {}, clients: {}, hours: { weights, at }, place: undefined }
}

/** What of a sign-in is unusual. Nothing is new to a user who has hardly been seen. */
export function compareHabits(habits: Habits, seen: Observation): RiskSignal[] {
  const experience = sum(fadedHours(habits, seen.at))
  if (experience < EXPERIENCE) return []
  const signals: RiskSignal[] = []
  if (isNew(habits.countries, seen.country, seen.at)) signals.push('new_country')
  if (isNew(habits.networks, seen.network, seen.at)) signals.push('new_network')
  if (isNew(habits.clients, seen.client, seen.at)) signals.push('new_client_kind')
  if (isUnusualHour(habits, seen)) signals.push('unusual_hour')
  return signals
}

export function isJourneyImpossible({ place }: Habits, { point, at }: Observation): boolean {
  if (place === undefined || point === undefined) return false
  return isImpossibleTravel(place, { point, at })
}

export function learn(habits: Habits, seen: Observation): Habits {
  const { at, point } = seen
  const weights = fadedHours(habits, at).map(
    (weight, hour) => weight + (hour === seen.hour ? 1 : 0),
  )
  return {
    countries: count(habits.countries, seen.country, at),
    networks: count(habits.networks, seen.network, at),
    clients: count(habits.clients, seen.client, at),
    hours: { weights, at },
    place: point === undefined ? habits.place : { point, at },
  }
}

/** Where nothing of a kind was ever seen, as before there was a file of places, nothing is new. */
function isNew(counters: Counters, names: Observation['country'], at: Date): boolean {
  const known = Object.entries(counters).filter(([, counter]) => faded(counter, at) >= LEAST_WEIGHT)
  if (names === undefined || known.length === 0) return false
  return !known.some(([name]) => names.includes(name))
}

/** Hours around count too, over midnight: an evening is no other habit in summer time. */
function isUnusualHour(habits: Habits, { hour, at }: Observation): boolean {
  const weights = fadedHours(habits, at)
  const total = sum(weights)
  if (total < EXPERIENCE_OF_HOURS) return false
  const around = weights.filter((_, other) => {
    const apart = Math.abs(other - hour)
    return Math.min(apart, 24 - apart) <= HOURS_AROUND
  })
  return sum(around) < total * USUAL_SHARE
}

/** Counted under the current name; what has faded goes, and of the rest all but the heaviest. */
function count(counters: Counters, names: Observation['country'], at: Date): Counters {
  const current = names?.[0]
  if (current === undefined) return counters
  const others = Object.entries(counters)
    .filter(([name, counter]) => name !== current && faded(counter, at) >= LEAST_WEIGHT)
    .sort(([, a], [, b]) => faded(b, at) - faded(a, at))
    .slice(0, HABITS_OF_KIND - 1)
  return Object.fromEntries([
    ...others,
    [current, { weight: faded(counters[current], at) + 1, at }],
  ])
}

function faded(counter: Counter | undefined, at: Date): number {
  return counter === undefined ? 0 : counter.weight * fading(counter.at, at)
}

function fadedHours({ hours }: Habits, at: Date): readonly number[] {
  const factor = fading(hours.at, at)
  return hours.weights.map((weight) => weight * factor)
}

/** A clock that steps back makes nothing heavier. */
function fading(from: Date, to: Date): number {
  const age = Math.max(0, to.getTime() - from.getTime())
  return 2 ** (-age / HABIT_HALF_LIFE.milliseconds)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
