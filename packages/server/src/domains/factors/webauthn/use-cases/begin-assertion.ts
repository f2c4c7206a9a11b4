import { generateAuthenticationOptions } from '@simplewebauthn/server'
import type { RequestContext, UserId } from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { insertAuditEvent } from '../../../audit/index.ts'
import { makeChallenge } from '../challenge.ts'
import { insertWebAuthnChallenge } from '../challenge-store.ts'
import { listCredentials, toCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import type { WebAuthnChallengeId } from '../model.ts'
import { CHALLENGE_LIFETIME } from '../policy.ts'
import { toDescriptor } from './begin-registration.ts'

export type AssertionOptions = Awaited<ReturnType<typeof generateAuthenticationOptions>>

export interface PasskeySignInOptions {
  readonly challengeId: WebAuthnChallengeId
  readonly options: AssertionOptions
}

/**
 * Asks for any discoverable credential of this relying party.
 * SECURITY: account enumeration. Nobody is named, so there is nothing that the options could tell.
 */
export async function beginPasskeySignIn(
  { database, relyingParty }: FactorDependencies,
  context: RequestContext,
): Promise<PasskeySignInOptions> {
  const challenge = makeChallenge(context, { purpose: 'sign_in' })
  await database.tenantBatch(context.tenant.id, [
    insertWebAuthnChallenge(challenge.row),
    insertAuditEvent(context, {
      action: 'webauthn.challenged',
      outcome: 'success',
      details: { purpose: 'sign_in' },
    }),
  ])
  const options = await generateAuthenticationOptions({
    rpID: relyingParty.id,
    challenge: challenge.bytes,
    timeout: CHALLENGE_LIFETIME.milliseconds,
    // Without a password the credential must prove two factors: to be there, and to be unlocked.
    userVerification: 'required',
  })
  return { challengeId: challenge.id, options }
}

/** Whose credentials are asked for, and in which step of a sign-in the answer counts. */
export interface AssertionRequest {
  readonly userId: UserId
  /** SHA-256 of that step. */
  readonly boundTo: Buffer
}

/**
 * Asks for one of the user's credentials, in the transaction of a caller who knows whose step it is.
 * @returns undefined if the user has none that is accepted
 */
export async function beginAssertionWithin(
  { relyingParty }: Pick<FactorDependencies, 'relyingParty'>,
  tx: Tx,
  context: RequestContext,
  { userId, boundTo }: AssertionRequest,
): Promise<AssertionOptions | undefined> {
  const known = (await tx.run(listCredentials(userId))).map(toCredential)
  const usable = known.filter(({ cloneSuspectedAt }) => cloneSuspectedAt === undefined)
  if (usable.length === 0) return undefined
  const challenge = makeChallenge(context, { purpose: 'second_factor', userId, boundTo })
  await tx.run(insertWebAuthnChallenge(challenge.row))
  await tx.run(
    insertAuditEvent(context, {
      action: 'webauthn.challenged',
      outcome: 'success',
      actor: { userId },
      details: { purpose: 'second_factor' },
    }),
  )
  return generateAuthenticationOptions({
    rpID: relyingParty.id,
    challenge: challenge.bytes,
    timeout: CHALLENGE_LIFETIME.milliseconds,
    allowCredentials: usable.map(toDescriptor),
    userVerification: context.tenant.policy.webauthnUserVerification,
  })
}
