import type { IssueOutcome } from './issue-session.ts'
import type { PasswordChangeOutcome } from './model.ts'
import { StepRefused } from './step-refused.ts'

/** Where a sign-in can stand when a second factor has just been proven. */
export type FactorProgress =
  | Extract<IssueOutcome, { kind: 'issued' }>
  | { readonly kind: 'step'; readonly outcome: PasswordChangeOutcome }

/**
 * What else the gate may ask for was asked for before the factor, so it was withdrawn since.
 * @throws StepRefused
 */
export function onlyProgress(issued: IssueOutcome): FactorProgress {
  if (issued.kind === 'issued') return issued
  if (issued.kind === 'refuse') throw new StepRefused(issued.reason)
  const { outcome } = issued
  if (outcome.kind !== 'password_change_required') throw new StepRefused(outcome.kind)
  return { kind: 'step', outcome }
}
