import { newId, type RequestContext, type Secret, type UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { FactorResponse, TotpEnrollment } from '../model.ts'
import { MAX_TOTP_FACTORS } from '../policy.ts'
import { sealOtpSecret } from '../sealed-secret.ts'
import { deletePending, type FactorOwner, insertTotp, listConfirmed } from '../store.ts'
import { makeOtpSecret, otpauthUri, toBase32 } from '../totp.ts'
import { withFactorProof } from './with-factor-proof.ts'

/** Proves again who is there: the password, and a factor where there is one. */
export interface Reauthentication {
  readonly currentPassword: Secret<string>
  readonly response: FactorResponse | undefined
}

/**
 * Begins to enrol an authenticator app. The secret is shown this once and counts for nothing until
 * a code proves that it arrived.
 * @throws mfa_disabled, current_password_wrong, factor_code_wrong, factor_limit_reached,
 * insufficient_user_authentication, overloaded
 */
export async function enrollTotp(
  deps: FactorDependencies,
  context: UserContext,
  { currentPassword, response }: Reauthentication,
): Promise<TotpEnrollment> {
  if (context.tenant.policy.mfa === 'off') {
    const details = { reason: 'mfa_disabled' }
    await recordRefusal(deps.database, context, { action: REFUSED, details })
    throw factorErrors.mfa_disabled()
  }
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, REFUSED)
  const proof = { account: user.emailKey, response, refused: REFUSED }
  return withFactorProof(deps, context, proof, (tx, { owner }) =>
    enrollTotpWithin(deps, tx, context, owner),
  )
}

/** In the transaction of a caller who has locked the user and knows who asks. */
export async function enrollTotpWithin(
  deps: Pick<FactorDependencies, 'sealer'>,
  tx: Tx,
  context: RequestContext,
  owner: FactorOwner,
): Promise<TotpEnrollment> {
  const confirmed = await listConfirmed(tx, owner.id)
  if (confirmed.filter(({ kind }) => kind === 'totp').length >= MAX_TOTP_FACTORS) {
    throw factorErrors.factor_limit_reached()
  }
  const id = newId('fct')
  const secret = makeOtpSecret()
  await deletePending(tx, owner.id)
  await insertTotp(tx, {
    id,
    userId: owner.id,
    secretSealed: sealOtpSecret(deps, context.tenant, id, secret),
    createdAt: context.clock.now(),
    confirmedAt: undefined,
  })
  await record(tx, context, {
    action: 'factor.enrolled',
    outcome: 'success',
    actor: { userId: owner.id },
    target: { kind: 'factor', id },
    details: { kind: 'totp' },
  })
  const label = { issuer: context.tenant.slug, account: owner.email }
  return { id, secret: toBase32(secret), uri: otpauthUri(secret, label) }
}

const REFUSED = 'factor.enrollment_refused'
