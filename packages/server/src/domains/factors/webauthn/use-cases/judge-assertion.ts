import type { RequestContext } from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { record } from '../../../audit/index.ts'
import { findOwner } from '../../store.ts'
import { sendFactorMessage } from '../../use-cases/send-factor-message.ts'
import { hashChallenge } from '../challenge.ts'
import { consumeWebAuthnChallenge } from '../challenge-store.ts'
import { parseClientData } from '../client-data.ts'
import {
  advanceCredential,
  findCredentialKey,
  suspectClone,
  toCredentialKey,
} from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import type { AssertionResponse, ChallengeScope, VerifiedAssertion } from '../model.ts'
import { type AssertionRequirements, verifyAssertion } from '../verify-assertion.ts'

/** Why an assertion was refused; for the audit trail, never for the caller. */
export type AssertionRefusal =
  | 'challenge_unusable'
  | 'credential_unknown'
  | 'assertion_not_valid'
  | 'clone_suspected'
  | 'credential_blocked'

export type Judged =
  | { readonly kind: 'verified'; readonly assertion: VerifiedAssertion }
  | { readonly kind: 'refused'; readonly reason: AssertionRefusal }

type Asked = Pick<AssertionRequirements, 'isUserVerificationRequired' | 'isUserHandleRequired'>

/**
 * Uses the challenge up and verifies the assertion that answers it. What the assertion changes is
 * not written yet: see `acceptAssertion`. The caller's transaction must commit a refusal too, or
 * the challenge could be answered again.
 */
export async function judgeAssertion(
  { relyingParty }: Pick<FactorDependencies, 'relyingParty'>,
  tx: Tx,
  { clock }: RequestContext,
  { response, scope, ...asked }: Asked & { response: AssertionResponse; scope: ChallengeScope },
): Promise<Judged> {
  const clientData = parseClientData(response.clientDataJSON)
  if (clientData === undefined || clientData.isCrossOrigin) return refused('challenge_unusable')
  const { challenge } = clientData
  const hash = hashChallenge(challenge)
  const claimed = await tx.first(consumeWebAuthnChallenge({ scope, hash, now: clock.now() }))
  if (claimed === undefined) return refused('challenge_unusable')
  const row = await tx.first(findCredentialKey(response.id))
  if (row === undefined) return refused('credential_unknown')
  const key = toCredentialKey(row)
  // A credential of somebody else is as good as none.
  if (scope.purpose !== 'sign_in' && scope.userId !== key.userId) {
    return refused('credential_unknown')
  }
  const assertion = await verifyAssertion(response, key, { relyingParty, challenge, ...asked })
  if (assertion === undefined) return refused('assertion_not_valid')
  return { kind: 'verified', assertion }
}

/**
 * Writes what a verified assertion changes, in the transaction of what it is a proof for, whose
 * caller has locked the user.
 * SECURITY: a counter that does not grow means that two authenticators hold the key. Nobody can
 * tell which of them is the user's, so neither is accepted any more, and the user is told.
 * WebAuthn L3 §6.1.1.
 * @returns why it is refused, which must be committed; undefined if it is accepted
 */
export async function acceptAssertion(
  deps: Pick<FactorDependencies, 'messages'>,
  tx: Tx,
  context: RequestContext,
  assertion: VerifiedAssertion,
): Promise<AssertionRefusal | undefined> {
  const now = context.clock.now()
  if (await advanceCredential(tx, assertion, now)) return undefined
  if (!(await suspectClone(tx, assertion, now))) return 'credential_blocked'
  await record(tx, context, {
    action: 'webauthn.clone_suspected',
    outcome: 'refused',
    actor: { userId: assertion.userId },
    target: { kind: 'credential', id: assertion.id },
  })
  const owner = await findOwner(tx, assertion.userId)
  if (owner !== undefined) {
    await sendFactorMessage(deps, tx, context, { owner, kind: 'clone_suspected' })
  }
  return 'clone_suspected'
}

function refused(reason: AssertionRefusal): Judged {
  return { kind: 'refused', reason }
}
