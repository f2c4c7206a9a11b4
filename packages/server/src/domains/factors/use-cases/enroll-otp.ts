import { newId, type RequestContext, type Secret, type UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record, recordRefusal } from '../../audit/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import type { FactorResponse, OtpEnrollment, OtpKind } from '../model.ts'
import { MAX_OTP_FACTORS } from '../policy.ts'
import { sealOtpSecret } from '../sealed-secret.ts'
import { deletePending, type FactorOwner, insertFactor, listConfirmed } from '../store.ts'
import { makeOtpSecret, otpauthUri, toBase32 } from '../one-time-password.ts'
import { withFactorProof } from './with-factor-proof.ts'

/** Proves again who is there: the password, and a factor where there is one. */
export interface Reauthentication {
  readonly currentPassword: Secret<string>
  readonly response: FactorResponse | undefined
}

/**
 * Begins to enrol an authenticator app or a token with a button. The secret is shown this once and counts for nothing until
 * a code proves that it arrived.
 * @throws mfa_disabled, current_password_wrong, factor_code_wrong, factor_limit_reached,
 * insufficient_user_authentication, overloaded
 */
export async function enrollOtp(
  deps: FactorDependencies,
  context: UserContext,
  kind: OtpKind,
  { currentPassword, response }: Reauthentication,
): Promise<OtpEnrollment> {
  if (context.tenant.policy.mfa === 'off') {
    const details = { reason: 'mfa_disabled' }
    await recordRefusal(deps.database, context, { action: REFUSED, details })
    throw factorErrors.mfa_disabled()
  }
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, REFUSED)
  const proof = { account: user.emailKey, response, refused: REFUSED }
  return withFactorProof(deps, context, proof, (tx, { owner }) =>
    enrollOtpWithin(deps, tx, context, { owner, kind }),
  )
}

/** In the transaction of a caller who has locked the user and knows who asks. */
export async function enrollOtpWithin(
  deps: Pick<FactorDependencies, 'sealer'>,
  tx: Tx,
  context: RequestContext,
  { owner, kind }: { readonly owner: FactorOwner; readonly kind: OtpKind },
): Promise<OtpEnrollment> {
  const confirmed = await listConfirmed(tx, owner.id)
  if (confirmed.filter((factor) => factor.kind === kind).length >= MAX_OTP_FACTORS) {
    throw factorErrors.factor_limit_reached()
  }
  const id = newId('fct')
  const secret = makeOtpSecret()
  await deletePending(tx, owner.id)
  await insertFactor(tx, {
    id,
    kind,
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
    details: { kind },
  })
  const label = { issuer: context.tenant.slug, account: owner.email }
  return { id, secret: toBase32(secret), uri: otpauthUri(kind, secret, label) }
}

const REFUSED = 'factor.enrollment_refused'
