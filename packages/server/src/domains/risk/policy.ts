import { days, type Duration } from '../../kernel/index.ts'
import type { RiskSignal } from './model.ts'

/**
 * What one signal adds. A country says most: people leave theirs seldom, and an attacker is seldom
 * in it. A network, a program or an hour alone is daily life.
 */
export const SIGNAL_POINTS: Readonly<Partial<Record<RiskSignal, number>>> = {
  new_country: 2,
  new_network: 1,
  new_client_kind: 1,
  unusual_hour: 1,
  impossible_travel: 3,
}

/** A new country with anything else that is new, or three small things, or a journey that nobody made. */
export const MEDIUM_POINTS = 3

/** Everything at once but the hour: nothing of it is what the user is. */
export const HIGH_POINTS = 7

/** Airliners cruise at Mach 0.85, about 900 km/h; getting to the airport only takes longer. */
export const PLAUSIBLE_SPEED_KMH = 900

/**
 * Between the edges of both places. Mobile networks and companies leave by few exits, and an exit is
 * rarely farther from its users.
 */
export const SHORTEST_JOURNEY_KM = 300

/** A habit counts half after this, and nothing from half of a half on: 120 days after one sign-in. */
export const HABIT_HALF_LIFE: Duration = days(60)
export const LEAST_WEIGHT = 0.25

/** Sign-ins, as they have faded, before anything is called new: the third within a month. */
export const EXPERIENCE = 2.5

/** The same for hours, of which there are many. */
export const EXPERIENCE_OF_HOURS = 8

/** Share of the sign-ins within two hours of the day, below which an hour is unusual. */
export const USUAL_SHARE = 0.05
export const HOURS_AROUND = 2

/** Of each kind; the ones with the least weight go. */
export const HABITS_OF_KIND = 16

/** After three half-lives everything has faded. */
export const HABITS_FORGOTTEN_AFTER: Duration = days(180)
