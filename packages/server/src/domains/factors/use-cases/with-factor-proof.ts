import { ACR, hasAssurance, type UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { insufficientAuthentication } from '../../../platform/http/index.ts'
import { accessErrors } from '../../access/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorResponse, FactorState } from '../model.ts'
import { FRESH_FACTOR } from '../policy.ts'
import { type FactorOwner, lockOwner, readFactorState } from '../store.ts'
import { judgeGuess } from './judge-guess.ts'
import { redeemFactor } from './redeem-factor.ts'
import { refuseCode } from './refuse-code.ts'

export interface FactorChange {
  /** Canonical address, under which guesses are counted. */
  readonly account: string
  /** undefined: the session itself must have proven a factor a moment ago. */
  readonly response: FactorResponse | undefined
  /** Action of the audit event of a refusal. */
  readonly refused: string
}

interface LockedOwner {
  readonly owner: FactorOwner
  readonly state: FactorState
}

/**
 * Runs `change` in one transaction with the proof of a factor, for a user who has one.
 * SECURITY: session and password may both be stolen from one machine. Neither may be enough to
 * bind another factor, to remove one, or to make backup codes.
 * @throws factor_code_wrong, insufficient_user_authentication, user_not_found
 */
export async function withFactorProof<T extends object>(
  deps: FactorDependencies,
  context: UserContext,
  { account, response, refused }: FactorChange,
  change: (tx: Tx, locked: LockedOwner) => Promise<T>,
): Promise<T> {
  const inTransaction = <R>(work: (tx: Tx, locked: LockedOwner) => Promise<R>) =>
    deps.database.withTenant(context.tenant.id, async (tx) => {
      const owner = await lockOwner(tx, context.principal.userId)
      if (owner === undefined) throw accessErrors.user_not_found()
      return work(tx, { owner, state: await readFactorState(tx, owner.id) })
    })
  if (response === undefined) {
    return inTransaction((tx, locked) => {
      checkFreshFactor(context, locked.state)
      return change(tx, locked)
    })
  }
  const judged = await judgeGuess(deps.guesses, context, { account }, () =>
    inTransaction(async (tx, locked) => {
      const userId = locked.owner.id
      const redeemed = await redeemFactor(deps, tx, context, { userId, response })
      return redeemed === undefined ? undefined : change(tx, locked)
    }),
  )
  if (judged.kind === 'refused') throw await refuseCode(deps, context, refused, judged.reason)
  return judged.result
}

/** @throws insufficient_user_authentication */
function checkFreshFactor({ principal, clock }: UserContext, { kinds }: FactorState): void {
  if (kinds.length === 0) return
  const requirement = { acr: ACR.mfa, maxAge: FRESH_FACTOR }
  if (hasAssurance(principal, requirement, clock.now())) return
  throw insufficientAuthentication(requirement)
}
