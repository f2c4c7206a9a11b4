import { z } from 'zod'
import { type SessionId, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import type { Counters, Habits } from './habits.ts'
import type { Observation } from './observation.ts'

export interface HabitsRow {
  readonly habits: unknown
  readonly newest: unknown
  /** The session of the newest sign-in was refused when it was judged. */
  readonly is_refused: boolean
}

/** Locked until the commit: sign-ins of one user are judged one after the other. */
export function lockHabits(userId: UserId): Statement<HabitsRow> {
  return sql<HabitsRow>`
    SELECT h.habits, h.newest, COALESCE(s.end_reason = 'risk_refused', false) AS is_refused
      FROM user_habits h
      LEFT JOIN sessions s ON s.tenant_id = h.tenant_id AND s.id = h.newest_session_id
     WHERE h.tenant_id = current_tenant_id() AND h.user_id = ${toUuid(userId)}
       FOR UPDATE OF h`
}

export interface WrittenHabits {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly habits: Habits
  readonly newest: Observation
}

export function writeHabits({ userId, sessionId, habits, newest }: WrittenHabits): Statement {
  return sql`
    INSERT INTO user_habits AS h
           (tenant_id, user_id, habits, newest, newest_session_id, learned_at)
    VALUES (current_tenant_id(), ${toUuid(userId)}, ${JSON.stringify(fromHabits(habits))},
            ${JSON.stringify(fromObservation(newest))}, ${toUuid(sessionId)}, ${newest.at})
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET
      habits = EXCLUDED.habits, newest = EXCLUDED.newest,
      newest_session_id = EXCLUDED.newest_session_id,
      learned_at = GREATEST(h.learned_at, EXCLUDED.learned_at)`
}

export function deleteOldHabits(before: Date, limit: number): Statement<{ user_id: string }> {
  return sql<{ user_id: string }>`
    DELETE FROM user_habits
     WHERE tenant_id = current_tenant_id()
       AND user_id IN (SELECT user_id FROM user_habits
                        WHERE tenant_id = current_tenant_id() AND learned_at <= ${before}
                        LIMIT ${limit})
    RETURNING user_id`
}

/** Seconds since 1970. */
const time = z.int().transform((seconds) => new Date(seconds * 1000))
const point = z.object({ latitude: z.number(), longitude: z.number(), accuracyKm: z.number() })
const counters = z.record(
  z.string(),
  z.tuple([z.number(), time]).transform(([weight, at]) => ({ weight, at })),
)

const habitsSchema = z.object({
  countries: counters,
  networks: counters,
  clients: counters,
  hours: z.object({ weights: z.array(z.number()).length(24), at: time }),
  place: z.object({ point, at: time }).optional(),
})

const names = z.array(z.string()).optional()

const observationSchema = z.object({
  country: names,
  network: names,
  client: names,
  hour: z.int().min(0).max(23),
  point: point.optional(),
  at: time,
})

export function toHabits(row: Pick<HabitsRow, 'habits'>): Habits {
  const { place, ...rest } = habitsSchema.parse(row.habits)
  return { ...rest, place }
}

export function toObservation({ newest }: Pick<HabitsRow, 'newest'>): Observation | undefined {
  if (newest === null) return undefined
  const { country, network, client, hour, point: seenAt, at } = observationSchema.parse(newest)
  return { country, network, client, hour, point: seenAt, at }
}

function fromHabits({ countries, networks, clients, hours, place }: Habits) {
  return {
    countries: fromCounters(countries),
    networks: fromCounters(networks),
    clients: fromCounters(clients),
    hours: { weights: hours.weights.map(rounded), at: toTime(hours.at) },
    place: place === undefined ? undefined : { point: place.point, at: toTime(place.at) },
  }
}

function fromCounters(of: Counters) {
  return Object.fromEntries(
    Object.entries(of).map(([name, { weight, at }]) => [name, [rounded(weight), toTime(at)]]),
  )
}

/** Only the name under the current key is kept. */
function fromObservation({ country, network, client, at, ...rest }: Observation) {
  const current = (kind: Observation['country']) => kind?.slice(0, 1)
  return {
    ...rest,
    country: current(country),
    network: current(network),
    client: current(client),
    at: toTime(at),
  }
}

function toTime(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

function rounded(weight: number): number {
  return Math.round(weight * 1000) / 1000
}
