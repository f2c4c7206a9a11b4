import type { CaptchaPurpose } from '../../platform/captcha/index.ts'
import { captchaOf } from '../captcha/captcha-part.ts'
import type { Texts } from '../language/texts.ts'
import type { OpenPage } from '../open-page.ts'

/** A form that anybody may send, and that answers everybody alike: the mailbox learns more. */
export interface MailForm {
  readonly path: '/forgot' | '/unlock/request' | '/verify-email/resend'
  /** The answer. */
  readonly sentPath: `/${string}`
  readonly limitName: string
  readonly purpose: CaptchaPurpose
  words(texts: Texts): {
    readonly title: string
    readonly lead: string
    readonly button: string
    readonly sentLead: string
  }
  send(page: OpenPage, email: string): Promise<void>
}

export const mailForms: readonly MailForm[] = [
  {
    path: '/forgot',
    sentPath: '/forgot/sent',
    limitName: 'forgot-password',
    purpose: 'password_reset',
    words: ({ links }) => ({
      title: links.forgotTitle,
      lead: links.forgotLead,
      button: links.forgotButton,
      sentLead: links.forgotSentLead,
    }),
    send: (page, email) =>
      page.services.identity.forgotPassword(page.visit.context, email, captchaOf(page)),
  },
  {
    path: '/verify-email/resend',
    sentPath: '/verify-email/sent',
    limitName: 'resend-verification',
    purpose: 'verify_email',
    words: ({ links, signIn }) => ({
      title: signIn.unverifiedTitle,
      lead: links.resendLead,
      button: signIn.resend,
      sentLead: links.resentLead,
    }),
    send: (page, email) =>
      page.services.identity.resendVerification(page.visit.context, email, captchaOf(page)),
  },
  {
    path: '/unlock/request',
    sentPath: '/unlock/sent',
    limitName: 'request-unlock',
    purpose: 'unlock',
    words: ({ links }) => ({
      title: links.delayTitle,
      lead: links.delayLead,
      button: links.forgotButton,
      sentLead: links.delaySentLead,
    }),
    send: (page, email) =>
      page.services.identity.requestUnlock(page.visit.context, email, captchaOf(page)),
  },
]
