import type { RequestContext, Secret, UserId } from '../../../kernel/index.ts'
import { record } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import { demandReplacement } from '../password-demand-store.ts'
import { isPasswordBreached } from './is-password-breached.ts'

/** A password that was right, and the stored hash that it was checked against. */
export interface ProvenPassword {
  readonly userId: UserId
  readonly password: Secret<string>
  readonly passwordHash: string
}

/**
 * NIST 800-63B-4 §3.1.1.2: a change is forced when there is evidence of compromise. It fails open
 * like the check of a new password.
 */
export async function noticeBreachedPassword(
  deps: IdentityDependencies,
  context: RequestContext,
  { userId, password, passwordHash }: ProvenPassword,
): Promise<void> {
  if (!(await isPasswordBreached(deps, context, password))) return
  await deps.database.withTenant(context.tenant.id, async (tx) => {
    const demand = { by: 'breach', provenAgainst: passwordHash } as const
    if (!(await demandReplacement(tx, userId, demand))) return
    await record(tx, context, {
      action: 'user.password_change_demanded',
      outcome: 'success',
      target: { kind: 'user', id: userId },
      details: { reason: 'breach' },
    })
  })
}
