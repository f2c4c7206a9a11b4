import type { CaptchaPurpose } from '../../platform/captcha/index.ts'
import type { Texts } from '../language/texts.ts'
import type { OpenPage } from '../open-page.ts'

/** A form that anybody may send, and that answers everybody alike: the mailbox learns more. */
export interface MailForm {
  readonly path: '/forgot' | '/unlock/request'
  /** The answer. */
  readonly sentPath: `/${string}`
  readonly limitName: string
  readonly purpose: CaptchaPurpose
  /** Of the audit event of a refusal. */
  readonly action: string
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
    action: 'user.password_reset_requested',
    words: ({ links }) => ({
      title: links.forgotTitle,
      lead: links.forgotLead,
      button: links.forgotButton,
      sentLead: links.forgotSentLead,
    }),
    send: ({ services, visit }, email) => services.identity.forgotPassword(visit.context, email),
  },
  {
    path: '/unlock/request',
    sentPath: '/unlock/sent',
    limitName: 'request-unlock',
    purpose: 'unlock',
    action: 'user.unlock_requested',
    words: ({ links }) => ({
      title: links.delayTitle,
      lead: links.delayLead,
      button: links.forgotButton,
      sentLead: links.delaySentLead,
    }),
    send: ({ services, visit }, email) => services.identity.requestUnlock(visit.context, email),
  },
]
