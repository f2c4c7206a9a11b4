import {
  type ErrorFactory,
  newId,
  type RequestContext,
  type Secret,
  type UserContext,
} from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { accessErrors } from '../../../access/index.ts'
import { record, recordRefusal } from '../../../audit/index.ts'
import { findBackupKey } from '../../backup-code-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { factorErrors } from '../../errors.ts'
import { type FactorOwner, lockOwner } from '../../store.ts'
import { makeBackupCodesWithin } from '../../use-cases/make-backup-codes.ts'
import { sendFactorMessage } from '../../use-cases/send-factor-message.ts'
import { boundToSession } from '../challenge.ts'
import { insertCredential, listCredentials, toCredential } from '../credential-store.ts'
import { webauthnErrors } from '../errors.ts'
import type { AttestedCredential, RegistrationResponse, WebAuthnCredential } from '../model.ts'
import { MAX_CREDENTIALS } from '../policy.ts'
import { judgeRegistration } from './judge-registration.ts'

export interface Registration {
  readonly response: RegistrationResponse
  /** undefined: one is chosen that says what kind of credential it is. */
  readonly name: string | undefined
}

export interface Registered {
  readonly credential: WebAuthnCredential
  /** Made with the first factor; undefined if the user has codes already. Shown once. */
  readonly backupCodes: readonly Secret<string>[] | undefined
}

/**
 * Takes the credential that the browser made. The challenge is used up first, whatever comes of it.
 * @throws webauthn_registration_refused, authenticator_not_allowed, attestation_required,
 * attestation_metadata_outdated, factor_limit_reached
 */
export async function completeRegistration(
  deps: FactorDependencies,
  context: UserContext,
  { response, name }: Registration,
): Promise<Registered> {
  const { userId, sessionId } = context.principal
  const asked = { userId, boundTo: boundToSession(sessionId) }
  const judged = await judgeRegistration(deps, context, response, asked)
  if (judged.kind === 'refused') return refuse(deps, context, judged.reason, judged.error)
  const registered = await deps.database.withTenant(context.tenant.id, async (tx) => {
    const owner = await lockOwner(tx, userId)
    if (owner === undefined) throw accessErrors.user_not_found()
    return registerWithin(deps, tx, context, { owner, attested: judged.attested, name })
  })
  return registered ?? refuse(deps, context, 'credential_known')
}

export interface NewCredential {
  readonly owner: FactorOwner
  readonly attested: AttestedCredential
  readonly name: string | undefined
}

/**
 * In the transaction of a caller who has locked the user.
 * @returns undefined if the tenant has that credential already
 * @throws factor_limit_reached
 */
export async function registerWithin(
  deps: FactorDependencies,
  tx: Tx,
  context: RequestContext,
  { owner, attested, name }: NewCredential,
): Promise<Registered | undefined> {
  const made = {
    ...attested,
    id: newId('wac'),
    userId: owner.id,
    name: name ?? (attested.isBackupEligible ? 'Passkey' : 'Security key'),
    createdAt: context.clock.now(),
  }
  if (!(await insertCredential(tx, made))) return undefined
  const all = (await tx.run(listCredentials(owner.id))).map(toCredential)
  if (all.length > MAX_CREDENTIALS) throw factorErrors.factor_limit_reached()
  await record(tx, context, {
    action: 'webauthn.registered',
    outcome: 'success',
    actor: { userId: owner.id },
    target: { kind: 'credential', id: made.id },
    details: {
      aaguid: made.aaguid,
      attestation: made.attestationFormat,
      backup_eligible: made.isBackupEligible,
    },
  })
  await sendFactorMessage(deps, tx, context, { owner, kind: 'factor_added' })
  const hasCodes = (await findBackupKey(tx, owner.id)) !== undefined
  return {
    credential: { ...made, lastUsedAt: undefined, cloneSuspectedAt: undefined },
    backupCodes: hasCodes ? undefined : await makeBackupCodesWithin(deps, tx, context, owner),
  }
}

async function refuse(
  { database }: FactorDependencies,
  context: UserContext,
  reason: string,
  error: ErrorFactory = webauthnErrors.webauthn_registration_refused,
): Promise<never> {
  await recordRefusal(database, context, {
    action: 'webauthn.registration_refused',
    target: { kind: 'user', id: context.principal.userId },
    details: { reason },
  })
  throw error()
}
