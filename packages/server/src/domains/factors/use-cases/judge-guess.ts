import type { RequestContext } from '../../../kernel/index.ts'
import type { FactorGuessPort } from '../ports.ts'

export type Judgement<T> =
  | { readonly kind: 'right'; readonly result: T }
  | { readonly kind: 'refused'; readonly reason: 'wrong_code' | 'delayed' }

export interface GuessedAccount {
  /** Canonical address. */
  readonly account: string
  /** A right answer clears the counters in its own transaction: then nothing is given back. */
  readonly isCleared?: boolean
}

/**
 * Counts a guess before `judge` looks at it, and gives it back unless it was wrong: were it counted
 * afterwards, a burst of parallel guesses would all see the counter before any of them.
 * @param judge answers undefined for a wrong code; what it throws says nothing about the code
 */
export async function judgeGuess<T>(
  guesses: FactorGuessPort,
  context: RequestContext,
  { account, isCleared = false }: GuessedAccount,
  judge: () => Promise<T | undefined>,
): Promise<Judgement<T>> {
  const reservation = await guesses.reserve(context, account)
  if (reservation.blocked) return { kind: 'refused', reason: 'delayed' }
  const result = await judge().catch(async (error: unknown) => {
    await guesses.refund(context, account, reservation)
    throw error
  })
  if (result === undefined) return { kind: 'refused', reason: 'wrong_code' }
  if (!isCleared) await guesses.refund(context, account, reservation)
  return { kind: 'right', result }
}
