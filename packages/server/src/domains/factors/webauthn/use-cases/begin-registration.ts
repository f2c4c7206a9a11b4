import { randomBytes } from 'node:crypto'
import { generateRegistrationOptions } from '@simplewebauthn/server'
import type { RequestContext, TenantPolicy, UserContext } from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { record, recordRefusal } from '../../../audit/index.ts'
import { factorErrors } from '../../errors.ts'
import type { FactorOwner } from '../../store.ts'
import type { Reauthentication } from '../../use-cases/enroll-otp.ts'
import { withFactorProof } from '../../use-cases/with-factor-proof.ts'
import { boundToSession, makeChallenge } from '../challenge.ts'
import { insertWebAuthnChallenge } from '../challenge-store.ts'
import { ensureUserHandle, listCredentials, toCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import type { WebAuthnCredential } from '../model.ts'
import {
  CHALLENGE_LIFETIME,
  MAX_CREDENTIALS,
  SIGNATURE_ALGORITHMS,
  USER_HANDLE_BYTES,
} from '../policy.ts'

export type RegistrationOptions = Awaited<ReturnType<typeof generateRegistrationOptions>>

/**
 * Asks a browser to make a credential, for a user who proves again to be there: with the password,
 * and with a factor where there is one. The challenge is bound to the session.
 * @throws mfa_disabled, current_password_wrong, factor_code_wrong, factor_limit_reached,
 * insufficient_user_authentication, overloaded
 */
export async function beginRegistration(
  deps: FactorDependencies,
  context: UserContext,
  { currentPassword, response }: Reauthentication,
): Promise<RegistrationOptions> {
  if (context.tenant.policy.mfa === 'off') {
    const details = { reason: 'mfa_disabled' }
    await recordRefusal(deps.database, context, { action: REFUSED, details })
    throw factorErrors.mfa_disabled()
  }
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, REFUSED)
  const proof = { account: user.emailKey, response, refused: REFUSED }
  const boundTo = boundToSession(context.principal.sessionId)
  return withFactorProof(deps, context, proof, (tx, { owner }) =>
    beginRegistrationWithin(deps, tx, context, { owner, boundTo }),
  )
}

export interface RegistrationRequest {
  readonly owner: FactorOwner
  /** SHA-256 of what asks for it: the session, or the step of a sign-in. */
  readonly boundTo: Buffer
}

/**
 * In the transaction of a caller who has locked the user and knows who asks.
 * @throws factor_limit_reached
 */
export async function beginRegistrationWithin(
  { relyingParty }: Pick<FactorDependencies, 'relyingParty'>,
  tx: Tx,
  context: RequestContext,
  { owner, boundTo }: RegistrationRequest,
): Promise<RegistrationOptions> {
  const { tenant, clock } = context
  const known = (await tx.run(listCredentials(owner.id))).map(toCredential)
  if (known.length >= MAX_CREDENTIALS) throw factorErrors.factor_limit_reached()
  const userHandle = await ensureUserHandle(tx, {
    userId: owner.id,
    handle: randomBytes(USER_HANDLE_BYTES),
    now: clock.now(),
  })
  const scope = { purpose: 'registration', userId: owner.id, boundTo } as const
  const challenge = makeChallenge(context, scope)
  await tx.run(insertWebAuthnChallenge(challenge.row))
  await record(tx, context, {
    action: 'webauthn.registration_started',
    outcome: 'success',
    actor: { userId: owner.id },
    target: { kind: 'user', id: owner.id },
  })
  return generateRegistrationOptions({
    rpName: tenant.slug,
    rpID: relyingParty.id,
    userName: owner.email,
    userDisplayName: owner.email,
    userID: Uint8Array.from(userHandle),
    challenge: challenge.bytes,
    timeout: CHALLENGE_LIFETIME.milliseconds,
    attestationType: conveyanceFor(tenant.policy),
    excludeCredentials: known.map(toDescriptor),
    authenticatorSelection: {
      residentKey: 'preferred',
      userVerification: tenant.policy.webauthnUserVerification,
    },
    supportedAlgorithmIDs: [...SIGNATURE_ALGORITHMS],
  })
}

/** WebAuthn L3 §5.4.7. A list of models asks too: without, browsers may hide the model. */
function conveyanceFor(policy: TenantPolicy): 'none' | 'direct' {
  return policy.webauthnAllowedAaguids.length > 0 ? 'direct' : policy.webauthnAttestation
}

/** How options name a credential. */
export function toDescriptor({ credentialId, transports }: WebAuthnCredential) {
  return { id: credentialId, transports: [...transports] }
}

const REFUSED = 'webauthn.registration_refused'
