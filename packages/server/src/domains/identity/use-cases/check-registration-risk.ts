import type { RequestContext } from '../../../kernel/index.ts'
import { httpErrors } from '../../../platform/http/index.ts'
import { recordRefusal } from '../../audit/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'

/**
 * Judges who wants an account by what is known before the address is looked at, so that the answer
 * says nothing about accounts. Attack: accounts by the thousand, for spam or for fraud.
 * @returns whether a solved challenge is wanted
 * @throws risk_refused
 */
export async function checkRegistrationRisk(
  { database, registrationRisk }: Pick<IdentityDependencies, 'database' | 'registrationRisk'>,
  context: RequestContext,
): Promise<boolean> {
  if (registrationRisk === undefined) return false
  const { level, reasons } = await registrationRisk.assessRegistration(context)
  if (level !== 'high') return level === 'medium'
  await recordRefusal(database, context, {
    action: 'user.registration_refused',
    details: { reason: 'risk', reasons },
  })
  throw httpErrors.risk_refused()
}
