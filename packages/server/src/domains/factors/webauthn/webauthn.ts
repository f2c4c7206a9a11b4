import type { RequestContext, UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { Reauthentication } from '../use-cases/enroll-otp.ts'
import { listCredentials, toCredential } from './credential-store.ts'
import type {
  RegistrationResponse,
  VerifiedAssertion,
  WebAuthnCredential,
  WebAuthnCredentialId,
} from './model.ts'
import {
  type AssertionOptions,
  type AssertionRequest,
  beginAssertionWithin,
  beginPasskeySignIn,
  type PasskeySignInOptions,
} from './use-cases/begin-assertion.ts'
import {
  beginRegistration,
  beginRegistrationWithin,
  type RegistrationOptions,
  type RegistrationRequest,
} from './use-cases/begin-registration.ts'
import {
  type AskedRegistration,
  type JudgedRegistration,
  judgeRegistration,
} from './use-cases/judge-registration.ts'
import {
  completeRegistration,
  type NewCredential,
  registerWithin,
  type Registered,
  type Registration,
} from './use-cases/complete-registration.ts'
import { acceptAssertion, type AssertionRefusal, type Judged } from './use-cases/judge-assertion.ts'
import { getCredential } from './use-cases/get-credential.ts'
import { judgePasskey, type PasskeyAnswer } from './use-cases/judge-passkey.ts'
import { removeCredential } from './use-cases/remove-credential.ts'
import { renameCredential } from './use-cases/rename-credential.ts'

/** Passkeys and security keys. What each may throw stands at its use case. */
export interface WebAuthn {
  beginRegistration(context: UserContext, proof: Reauthentication): Promise<RegistrationOptions>
  completeRegistration(context: UserContext, registration: Registration): Promise<Registered>
  list(context: UserContext): Promise<readonly WebAuthnCredential[]>
  get(context: UserContext, id: WebAuthnCredentialId): Promise<WebAuthnCredential>
  rename(context: UserContext, id: WebAuthnCredentialId, name: string): Promise<WebAuthnCredential>
  remove(context: UserContext, id: WebAuthnCredentialId, proof: Reauthentication): Promise<void>

  /** For sign-in. Judging uses the challenge up; accepting comes in the transaction that issues. */
  beginPasskeySignIn(context: RequestContext): Promise<PasskeySignInOptions>
  judgePasskey(context: RequestContext, answer: PasskeyAnswer): Promise<Judged>
  judgeRegistration(
    context: RequestContext,
    response: RegistrationResponse,
    asked: AskedRegistration,
  ): Promise<JudgedRegistration>
  readonly within: {
    /** The user must be locked. @throws factor_limit_reached */
    beginRegistration(
      tx: Tx,
      context: RequestContext,
      request: RegistrationRequest,
    ): Promise<RegistrationOptions>
    /** The user must be locked. Answers undefined if the tenant has that credential already. */
    register(
      tx: Tx,
      context: RequestContext,
      credential: NewCredential,
    ): Promise<Registered | undefined>
    /** The user must be locked. What it answers must be committed. */
    accept(
      tx: Tx,
      context: RequestContext,
      assertion: VerifiedAssertion,
    ): Promise<AssertionRefusal | undefined>
    /** Answers undefined if the user has no credential that is accepted. */
    beginAssertion(
      tx: Tx,
      context: RequestContext,
      request: AssertionRequest,
    ): Promise<AssertionOptions | undefined>
  }
}

export function createWebAuthn(deps: FactorDependencies): WebAuthn {
  return {
    beginRegistration: (context, proof) => beginRegistration(deps, context, proof),
    completeRegistration: (context, registration) =>
      completeRegistration(deps, context, registration),
    list: async ({ tenant, principal }) => {
      const [rows] = await deps.database.tenantBatch(tenant.id, [listCredentials(principal.userId)])
      return rows.map(toCredential)
    },
    get: (context, id) => getCredential(deps, context, id),
    rename: (context, id, name) => renameCredential(deps, context, id, name),
    remove: (context, id, proof) => removeCredential(deps, context, id, proof),
    beginPasskeySignIn: (context) => beginPasskeySignIn(deps, context),
    judgePasskey: (context, answer) => judgePasskey(deps, context, answer),
    judgeRegistration: (context, response, asked) =>
      judgeRegistration(deps, context, response, asked),
    within: {
      beginRegistration: (tx, context, request) =>
        beginRegistrationWithin(deps, tx, context, request),
      register: (tx, context, credential) => registerWithin(deps, tx, context, credential),
      accept: (tx, context, assertion) => acceptAssertion(deps, tx, context, assertion),
      beginAssertion: (tx, context, request) => beginAssertionWithin(deps, tx, context, request),
    },
  }
}
