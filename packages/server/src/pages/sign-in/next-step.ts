import { addDuration, type Secret, seconds } from '../../kernel/index.ts'
import { CHALLENGE_ATTEMPTS, type SignInOutcome } from '../../domains/sign-in/index.ts'
import type { PageReply, ReplyCookie } from '../../platform/http/index.ts'
import { renderForm, renderButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { addressOf, goOn, goTo, type OpenPage, show } from '../open-page.ts'
import { renderBackupCodesPage } from './render-backup-codes-page.ts'
import { FORGET_PENDING, type PendingSignIn, writePending } from './pending-sign-in.ts'

/** Shows where a sign-in stands. Every way to sign in ends here. */
export function nextStep(
  page: OpenPage,
  outcome: SignInOutcome,
  { email, cookies = [] }: { email?: string; cookies?: readonly ReplyCookie[] } = {},
): PageReply {
  switch (outcome.kind) {
    case 'complete': {
      const { credentials, backupCodes } = outcome
      if (credentials.transport !== 'cookie') throw new Error('a page signs in by a cookie')
      const session = { name: 'session', value: credentials.cookie.reveal() }
      const set = [session, FORGET_PENDING, ...cookies]
      if (backupCodes === undefined) return goOn(page, destinationOf(page), set)
      return showBackupCodes(page, backupCodes, set)
    }
    case 'email_verification_required':
      return showUnverified(page, email)
    case 'mfa_required':
      return goTo(addressOf(page, '/sign-in/verify'), [pend(page, 'verify', outcome)])
    case 'mfa_enrollment_required':
      return goTo(addressOf(page, '/sign-in/enroll'), [pend(page, 'enroll', outcome)])
  }
}

/** Where a complete sign-in leads to. */
export function destinationOf({ returnTo, prefix }: OpenPage): string {
  return returnTo ?? `${prefix}/account`
}

type Challenged = Extract<SignInOutcome, { readonly challenge: Secret<string> }>

function pend(page: OpenPage, step: PendingSignIn['step'], challenged: Challenged): ReplyCookie {
  const now = page.visit.context.clock.now()
  const { challenge, methods, expiresIn } = challenged
  const expiresAt = addDuration(now, seconds(expiresIn))
  return writePending({ step, challenge, methods, expiresAt, triesLeft: CHALLENGE_ATTEMPTS }, now)
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

function showUnverified(page: OpenPage, email: string | undefined): PageReply {
  const { signIn } = textsOf(page.frame)
  const resend = {
    action: `${page.prefix}/verify-email/resend`,
    hidden: { email },
    body: renderButton({ label: signIn.resend, kind: 'secondary' }),
  }
  const body = renderNoticePage(page.frame, {
    title: signIn.unverifiedTitle,
    lead: signIn.unverifiedLead,
    isDone: false,
    more: email === undefined ? undefined : renderForm(page.frame, resend),
  })
  return show(page, body)
}
