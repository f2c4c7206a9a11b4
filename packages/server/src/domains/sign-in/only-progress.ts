import type { IssueOutcome } from './issue-session.ts'
import type { SignInOutcome } from './model.ts'
import { StepRefused } from './step-refused.ts'

/** Where a sign-in can stand when a second factor has just been proven. */
export type FactorProgress =
  | Extract<IssueOutcome, { kind: 'issued' }>
  | {
      readonly kind: 'step'
      readonly outcome: Extract<
        SignInOutcome,
        { kind: 'password_change_required' | 'mfa_enrollment_required' }
      >
    }

/**
 * What may follow a factor: the enrolment of a stronger one, and last another password. What else
 * the gate may ask for was asked for before the factor, so it was withdrawn since.
 * @throws StepRefused
 */
export function onlyProgress(issued: IssueOutcome): FactorProgress {
  if (issued.kind === 'issued') return issued
  if (issued.kind === 'refuse') throw new StepRefused(issued.reason)
  const { outcome } = issued
  const { kind } = outcome
  if (kind !== 'password_change_required' && kind !== 'mfa_enrollment_required') {
    throw new StepRefused(kind)
  }
  return { kind: 'step', outcome }
}
