import type { RequestContext, Secret, UserContext } from '../../kernel/index.ts'
import type {
  AssertionOptions,
  PasskeySignInOptions,
  RegistrationOptions,
  OtpEnrollment,
  SentSmsCode,
} from '../factors/index.ts'
import type { CaptchaChallenge, CaptchaPurpose } from '../../platform/captcha/index.ts'
import { challengeFactor, challengeStepUp } from './begin-factor-assertion.ts'
import { sendCodeAtSignIn, sendCodeForStepUp } from './begin-sms-code.ts'
import { purgeChallenges } from './challenge-store.ts'
import { completePasswordChange, type DemandedChange } from './complete-password-change.ts'
import {
  confirmTotpAtSignIn,
  type EnrollmentConfirmation,
  enrollTotpAtSignIn,
} from './enroll-at-sign-in.ts'
import {
  beginPasskeyAtSignIn,
  completePasskeyAtSignIn,
  type PasskeyEnrollment,
} from './enroll-passkey-at-sign-in.ts'
import { purgeEmailSignIns } from './email-sign-in-store.ts'
import type { SignInInput, SignInOutcome } from './model.ts'
import {
  type RefreshedTokens,
  type RefreshServices,
  refreshByCookie,
  refreshSession,
} from './refresh-session.ts'
import {
  type EmailSignInRequest,
  requestEmailSignIn,
  type RequestedEmailSignIn,
} from './request-email-sign-in.ts'
import { type EmailSignInAnswer, signInByEmail } from './sign-in-by-email.ts'
import { type PasskeyInput, signInWithPasskey } from './sign-in-with-passkey.ts'
import { type SignInServices, signInWithPassword } from './sign-in-with-password.ts'
import {
  type CompletedStepUp,
  type StartedStepUp,
  startStepUp,
  type StepUpResponse,
  verifyStepUp,
} from './step-up.ts'
import { type AskedStepUp, purgeStepUps, type StepUpId } from './step-up-store.ts'
import { type ChallengeResponse, verifyFactor } from './verify-factor.ts'

/** Joins passwords, factors, sessions and tokens, so that these need not know each other. */
export interface SignIn {
  captchaFor(context: RequestContext, purpose: CaptchaPurpose): Promise<CaptchaChallenge>
  /** @throws invalid_credentials, overloaded, captcha_unavailable, database_unavailable */
  withPassword(context: RequestContext, input: SignInInput): Promise<SignInOutcome>
  beginWithPasskey(context: RequestContext): Promise<PasskeySignInOptions>
  /** @throws invalid_credentials, database_unavailable */
  withPasskey(context: RequestContext, input: PasskeyInput): Promise<SignInOutcome>
  /** @throws email_invalid, email_sign_in_disabled, captcha_required */
  requestByEmail(
    context: RequestContext,
    request: EmailSignInRequest,
  ): Promise<RequestedEmailSignIn>
  /** @throws invalid_email_sign_in, email_sign_in_disabled */
  byEmail(context: RequestContext, answer: EmailSignInAnswer): Promise<SignInOutcome>
  /** Asks for a credential as the second factor. @throws invalid_challenge_response */
  challengeFactor(context: RequestContext, challenge: Secret<string>): Promise<AssertionOptions>
  /** Sends a code to the number of the user. @throws invalid_challenge_response, sms_limit_reached */
  sendSmsCode(context: RequestContext, challenge: Secret<string>): Promise<SentSmsCode>
  /** @throws step_up_not_found, sms_limit_reached */
  sendSmsCodeForStepUp(context: UserContext, id: StepUpId): Promise<SentSmsCode>
  /** @throws invalid_challenge_response */
  verifyFactor(context: RequestContext, response: ChallengeResponse): Promise<SignInOutcome>
  /** @throws invalid_challenge_response */
  enrollTotp(context: RequestContext, challenge: Secret<string>): Promise<OtpEnrollment>
  /** @throws invalid_challenge_response, factor_not_found */
  confirmTotp(context: RequestContext, confirmation: EnrollmentConfirmation): Promise<SignInOutcome>
  /** @throws invalid_challenge_response, factor_limit_reached */
  beginPasskeyEnrollment(
    context: RequestContext,
    challenge: Secret<string>,
  ): Promise<RegistrationOptions>
  /**
   * @throws invalid_challenge_response, authenticator_not_allowed, attestation_required,
   * attestation_metadata_outdated
   */
  completePasskeyEnrollment(
    context: RequestContext,
    enrollment: PasskeyEnrollment,
  ): Promise<SignInOutcome>
  /** @throws invalid_challenge_response, password_reused, and what a bad password is refused with */
  changePassword(context: RequestContext, change: DemandedChange): Promise<SignInOutcome>
  /** @throws step_up_unavailable */
  startStepUp(context: UserContext, asked: AskedStepUp): Promise<StartedStepUp>
  /** Asks for a credential. @throws step_up_not_found */
  challengeStepUp(context: UserContext, id: StepUpId): Promise<AssertionOptions>
  /** @throws step_up_not_found, step_up_refused, current_password_wrong, overloaded */
  verifyStepUp(
    context: UserContext,
    proof: { readonly id: StepUpId; readonly response: StepUpResponse },
  ): Promise<CompletedStepUp>
  /** @throws invalid_refresh_token */
  refresh(context: RequestContext, refreshToken: Secret<string>): Promise<RefreshedTokens>
  /** @throws invalid_refresh_token */
  refreshByCookie(context: RequestContext, cookie: string | undefined): Promise<RefreshedTokens>
  /** Forgets challenges and step-ups that have expired. */
  purge(context: RequestContext): Promise<void>
}

export type SignInDependencies = SignInServices & RefreshServices

export function createSignIn(services: SignInDependencies): SignIn {
  return {
    captchaFor: (context, purpose) => services.captcha.challenge(context, purpose),
    withPassword: (context, input) => signInWithPassword(services, context, input),
    beginWithPasskey: (context) => services.factors.webauthn.beginPasskeySignIn(context),
    withPasskey: (context, input) => signInWithPasskey(services, context, input),
    requestByEmail: (context, request) => requestEmailSignIn(services, context, request),
    byEmail: (context, answer) => signInByEmail(services, context, answer),
    challengeFactor: (context, challenge) => challengeFactor(services, context, challenge),
    sendSmsCode: (context, challenge) => sendCodeAtSignIn(services, context, challenge),
    sendSmsCodeForStepUp: (context, id) => sendCodeForStepUp(services, context, id),
    verifyFactor: (context, response) => verifyFactor(services, context, response),
    enrollTotp: (context, challenge) => enrollTotpAtSignIn(services, context, challenge),
    confirmTotp: (context, confirmation) => confirmTotpAtSignIn(services, context, confirmation),
    beginPasskeyEnrollment: (context, challenge) =>
      beginPasskeyAtSignIn(services, context, challenge),
    completePasskeyEnrollment: (context, enrollment) =>
      completePasskeyAtSignIn(services, context, enrollment),
    changePassword: (context, change) => completePasswordChange(services, context, change),
    startStepUp: (context, asked) => startStepUp(services, context, asked),
    challengeStepUp: (context, id) => challengeStepUp(services, context, id),
    verifyStepUp: (context, proof) => verifyStepUp(services, context, proof),
    refresh: (context, token) => refreshSession(services, context, token),
    refreshByCookie: (context, cookie) => refreshByCookie(services, context, cookie),
    purge: async ({ tenant, clock }) => {
      const now = clock.now()
      await services.database.tenantBatch(tenant.id, [
        purgeChallenges(now),
        purgeStepUps(now),
        purgeEmailSignIns(now),
      ])
    },
  }
}
