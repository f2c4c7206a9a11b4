import {
  type ErrorFactory,
  newId,
  type Secret,
  type TenantPolicy,
  type UserContext,
} from '../../../../kernel/index.ts'
import type { Tx } from '../../../../platform/db/index.ts'
import { accessErrors } from '../../../access/index.ts'
import { record, recordRefusal } from '../../../audit/index.ts'
import { findBackupKey } from '../../backup-code-store.ts'
import { factorErrors } from '../../errors.ts'
import { lockOwner } from '../../store.ts'
import { makeBackupCodesWithin } from '../../use-cases/make-backup-codes.ts'
import { sendFactorMessage } from '../../use-cases/send-factor-message.ts'
import { boundToSession, hashChallenge } from '../challenge.ts'
import { consumeWebAuthnChallenge } from '../challenge-store.ts'
import { parseClientData } from '../client-data.ts'
import { insertCredential, listCredentials, toCredential } from '../credential-store.ts'
import type { FactorDependencies } from '../../dependencies.ts'
import { webauthnErrors } from '../errors.ts'
import type { AttestedCredential, RegistrationResponse, WebAuthnCredential } from '../model.ts'
import { ATTESTED_FORMATS, MAX_CREDENTIALS, UNATTESTED_FORMATS } from '../policy.ts'
import { verifyAttestation } from '../verify-attestation.ts'

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
 * @throws webauthn_registration_refused, authenticator_not_allowed, factor_limit_reached
 */
export async function completeRegistration(
  deps: FactorDependencies,
  context: UserContext,
  { response, name }: Registration,
): Promise<Registered> {
  const challenge = await claimChallenge(deps, context, response)
  if (challenge === undefined) return refuse(deps, context, 'challenge_unusable')
  const { policy } = context.tenant
  const attested = await verifyAttestation(response, {
    relyingParty: deps.relyingParty,
    challenge,
    isUserVerificationRequired: policy.webauthnUserVerification === 'required',
    formats: policy.webauthnAllowedAaguids.length === 0 ? UNATTESTED_FORMATS : ATTESTED_FORMATS,
  })
  if (attested === undefined) return refuse(deps, context, 'attestation_not_valid')
  if (!isAllowed(policy, attested)) {
    return refuse(deps, context, 'authenticator', webauthnErrors.authenticator_not_allowed)
  }
  const registered = await deps.database.withTenant(context.tenant.id, (tx) =>
    store(deps, tx, context, { attested, name }),
  )
  return registered ?? refuse(deps, context, 'credential_known')
}

/** @returns the challenge in base64url, or undefined if it is not one of this very session */
async function claimChallenge(
  { database }: FactorDependencies,
  { tenant, principal, clock }: UserContext,
  { clientDataJSON }: RegistrationResponse,
): Promise<string | undefined> {
  const clientData = parseClientData(clientDataJSON)
  if (clientData === undefined || clientData.isCrossOrigin) return undefined
  const boundTo = boundToSession(principal.sessionId)
  const [claimed] = await database.tenantBatch(tenant.id, [
    consumeWebAuthnChallenge({
      scope: { purpose: 'registration', userId: principal.userId, boundTo },
      hash: hashChallenge(clientData.challenge),
      now: clock.now(),
    }),
  ])
  return claimed.length === 1 ? clientData.challenge : undefined
}

function isAllowed(
  { webauthnAllowedAaguids: allowed }: TenantPolicy,
  { aaguid }: AttestedCredential,
): boolean {
  return allowed.length === 0 || allowed.includes(aaguid)
}

async function store(
  deps: FactorDependencies,
  tx: Tx,
  context: UserContext,
  { attested, name }: { attested: AttestedCredential; name: string | undefined },
): Promise<Registered | undefined> {
  const owner = await lockOwner(tx, context.principal.userId)
  if (owner === undefined) throw accessErrors.user_not_found()
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
