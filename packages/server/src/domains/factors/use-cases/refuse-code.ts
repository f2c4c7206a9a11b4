import type { UserContext } from '../../../kernel/index.ts'
import { recordRefusal } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'

/** Records why, and makes the error to throw, which does not say it. */
export async function refuseCode(
  { database }: Pick<FactorDependencies, 'database'>,
  context: UserContext,
  action: string,
  reason: string,
): Promise<Error> {
  const target = { kind: 'user', id: context.principal.userId }
  await recordRefusal(database, context, { action, target, details: { reason } })
  return factorErrors.factor_code_wrong()
}
