import {
  ACR,
  addDuration,
  hasAssurance,
  milliseconds,
  type RequestContext,
  type SessionId,
  type UserId,
} from '../../../kernel/index.ts'
import type { Database, Tx } from '../../../platform/db/index.ts'
import type { PlaceFinder } from '../../../platform/geo/index.ts'
import { assessSignals } from '../assess-signals.ts'
import type { RiskSignal } from '../model.ts'
import { HABITS_FORGOTTEN_AFTER } from '../policy.ts'
import {
  deleteOldHabits,
  type HabitsRow,
  lockHabits,
  toHabits,
  toObservation,
  writeHabits,
} from './habit-store.ts'
import { compareHabits, type Habits, isJourneyImpossible, learn, noHabits } from './habits.ts'
import { observe } from './observation.ts'

export interface SignInHabits {
  /**
   * Reads what is usual, in the round trip of whatever is asked in the same turn.
   * @returns undefined, without asking, where the tenant does not want to know
   */
  read(tx: Tx, context: RequestContext, userId: UserId): Promise<ReadHabits | undefined>
  /** What of a sign-in is unusual; in its transaction, so that it is learnt from or undone with it. */
  judge(tx: Tx, context: RequestContext, signIn: JudgedSignIn): Promise<readonly RiskSignal[]>
  /** Forgets users who have not signed in for long. @returns how many */
  purge(context: RequestContext): Promise<number>
}

export interface ReadHabits {
  readonly row: HabitsRow | undefined
}

export interface JudgedSignIn {
  readonly known: ReadHabits
  readonly session: {
    readonly id: SessionId
    readonly userId: UserId
    readonly acr: string
    readonly authTime: Date
  }
  /** The kind of program that is used, in words; undefined: it does not say. */
  readonly client: string | undefined
  /** The browser proved that this user has signed in with it before. */
  readonly isKnownDevice: boolean
}

export interface HabitDependencies {
  readonly database: Database
  /** MAC keys: the first names what is learnt, all know it again. */
  readonly keys: readonly Buffer[]
  readonly places: PlaceFinder | undefined
}

export function createSignInHabits(deps: HabitDependencies): SignInHabits {
  return {
    read: async (tx, { tenant: { policy } }, userId) => {
      if (policy.impossibleTravel === 'off' && policy.unusualSignIns === 'off') return undefined
      return { row: await tx.first(lockHabits(userId)) }
    },
    judge: (tx, context, signIn) => judge(deps, tx, context, signIn),
    purge: (context) => purge(deps, context),
  }
}

async function judge(
  deps: HabitDependencies,
  tx: Tx,
  context: RequestContext,
  { known, session, client, isKnownDevice }: JudgedSignIn,
): Promise<readonly RiskSignal[]> {
  const { policy } = context.tenant
  const seen = observe(deps, context, { userId: session.userId, client })
  const habits = habitsOf(known, seen.at)
  const unusual = [
    ...(policy.unusualSignIns === 'off' ? [] : compareHabits(habits, seen)),
    ...(policy.impossibleTravel !== 'off' && isJourneyImpossible(habits, seen)
      ? (['impossible_travel'] as const)
      : []),
  ]
  const signals: RiskSignal[] =
    unusual.length > 0 && isKnownDevice ? [...unusual, 'known_device'] : unusual
  const { level } = assessSignals(policy, signals)
  const isProven = hasAssurance(
    session,
    { acr: ACR.mfa, maxAge: policy.reauthenticationAge },
    seen.at,
  )
  // SECURITY: what will be refused teaches nothing. Attack: whoever has the password signs in from
  // the same place until it is a habit, or moves the last place to where they are.
  if (level === 'low' || (level === 'medium' && isProven)) {
    const { id: sessionId, userId } = session
    await tx.later(writeHabits({ userId, sessionId, habits, newest: seen }))
  }
  return signals
}

/** The newest sign-in counts if it was not refused after its transaction, by a provider. */
function habitsOf({ row }: ReadHabits, now: Date): Habits {
  if (row === undefined) return noHabits(now)
  const habits = toHabits(row)
  const newest = row.is_refused ? undefined : toObservation(row)
  return newest === undefined ? habits : learn(habits, newest)
}

async function purge(
  { database }: HabitDependencies,
  { tenant, clock }: RequestContext,
): Promise<number> {
  const before = addDuration(clock.now(), milliseconds(-HABITS_FORGOTTEN_AFTER.milliseconds))
  let deleted = 0
  for (;;) {
    const [rows] = await database.tenantBatch(tenant.id, [deleteOldHabits(before, ROWS_AT_A_TIME)])
    deleted += rows.length
    if (rows.length < ROWS_AT_A_TIME) return deleted
  }
}

const ROWS_AT_A_TIME = 500
