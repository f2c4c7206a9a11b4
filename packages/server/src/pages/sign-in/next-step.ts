import { addDuration, type Secret, seconds } from '../../kernel/index.ts'
import { DEVICE_LIFETIME } from '../../domains/devices/index.ts'
import {
  CHALLENGE_ATTEMPTS,
  type CaptchaOutcome,
  PASSWORD_CHANGE_ATTEMPTS,
  type SignInOutcome,
} from '../../domains/sign-in/index.ts'
import type { PageReply, ReplyCookie } from '../../platform/http/index.ts'
import { renderForm, renderButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { CAPTCHA_SCRIPTS, openCaptchaIfAlways } from '../captcha/captcha-part.ts'
import { html } from '../html.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { addressOf, goOn, goTo, type OpenPage, show } from '../open-page.ts'
import { renderBackupCodesPage } from './render-backup-codes-page.ts'
import { FORGET_PENDING, type PendingSignIn, writePending } from './pending-sign-in.ts'

/** What a page can go on with; a puzzle is for the page that asked. */
export type SignInStep = Exclude<SignInOutcome, CaptchaOutcome>

/** For proofs that no puzzle stands before. */
export function withoutCaptcha(outcome: SignInOutcome): SignInStep {
  if (outcome.kind === 'captcha_required') throw new Error('only a password asks for a puzzle')
  return outcome
}

/** Shows where a sign-in stands. Every way to sign in ends here. */
export async function nextStep(
  page: OpenPage,
  outcome: SignInStep,
  { email, cookies = [] }: { email?: string; cookies?: readonly ReplyCookie[] } = {},
): Promise<PageReply> {
  switch (outcome.kind) {
    case 'complete': {
      const { credentials, backupCodes } = outcome
      if (credentials.transport !== 'cookie') throw new Error('a page signs in by a cookie')
      const session = { name: 'session', value: credentials.cookie.reveal() }
      // So that it lasts as long as the device is used.
      const known = outcome.deviceCookie.reveal()
      const device = { name: 'device', value: known, maxAge: DEVICE_LIFETIME }
      const set = [session, device, FORGET_PENDING, ...cookies]
      if (backupCodes === undefined) return goOn(page, destinationOf(page), set)
      return showBackupCodes(page, backupCodes, set)
    }
    case 'email_verification_required':
      return showUnverified(page, email)
    case 'mfa_required':
      return goTo(addressOf(page, '/sign-in/verify'), [pend(page, 'verify', outcome)])
    case 'mfa_enrollment_required':
      return goTo(addressOf(page, '/sign-in/enroll'), [pend(page, 'enroll', outcome)])
    case 'password_change_required': {
      const set = [pend(page, 'change', { ...outcome, methods: [outcome.reason] }), ...cookies]
      const { backupCodes } = outcome
      return backupCodes === undefined
        ? goTo(addressOf(page, '/sign-in/new-password'), set)
        : showBackupCodes(page, backupCodes, set)
    }
  }
}

/** Where a complete sign-in leads to. */
export function destinationOf({ returnTo, prefix }: OpenPage): string {
  return returnTo ?? `${prefix}/account`
}

interface Challenged extends Pick<PendingSignIn, 'challenge' | 'methods'> {
  /** Seconds. */
  readonly expiresIn: number
}

function pend(page: OpenPage, step: PendingSignIn['step'], challenged: Challenged): ReplyCookie {
  const now = page.visit.context.clock.now()
  const { challenge, methods, expiresIn } = challenged
  const expiresAt = addDuration(now, seconds(expiresIn))
  const triesLeft = step === 'change' ? PASSWORD_CHANGE_ATTEMPTS : CHALLENGE_ATTEMPTS
  return writePending({ step, challenge, methods, expiresAt, triesLeft }, now)
}

function showBackupCodes(
  page: OpenPage,
  codes: readonly Secret<string>[],
  cookies: readonly ReplyCookie[],
): PageReply {
  const body = renderBackupCodesPage(page.frame, {
    codes: codes.map((code) => code.reveal()),
    action: `${page.prefix}/sign-in/continue`,
    returnTo: destinationOf(page),
    isLastStep: true,
  })
  return show(page, body, { cookies })
}

async function showUnverified(page: OpenPage, email: string | undefined): Promise<PageReply> {
  const { signIn } = textsOf(page.frame)
  const captcha = await openCaptchaIfAlways(page, 'verify_email')
  const resend = {
    action: `${page.prefix}/verify-email/resend`,
    hidden: { email },
    body: html`${captcha}
${renderButton({ label: signIn.resend, kind: 'secondary' })}`,
  }
  const body = renderNoticePage(page.frame, {
    title: signIn.unverifiedTitle,
    lead: signIn.unverifiedLead,
    isDone: false,
    more: email === undefined ? undefined : renderForm(page.frame, resend),
    ...(captcha === undefined ? {} : { scripts: CAPTCHA_SCRIPTS }),
  })
  return show(page, body)
}
