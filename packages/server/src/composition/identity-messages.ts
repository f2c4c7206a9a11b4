import type { IdentityMessage, MessagePort } from '../domains/identity/index.ts'
import type { RequestContext } from '../kernel/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { queueMail } from './compose-mail.ts'

/** Turns what identity has to say into mail, queued in the transaction of the change. */
export function createIdentityMessages(outbox: Pick<Outbox, 'enqueueMail'>): MessagePort {
  return {
    send: (tx, context, message) => {
      const { kind, to, locale, expiresAt: until } = message
      return queueMail(outbox, tx, context, {
        kind,
        to,
        locale,
        link: linkIn(context, message),
        until,
      })
    },
  }
}

/**
 * The token travels in the fragment: it is sent to no server, so it lands in no log and in no
 * `Referer`. A mail scanner that fetches the link uses nothing up.
 */
function linkIn({ tenant }: RequestContext, { kind, token }: IdentityMessage): string | undefined {
  const page = PAGES[kind]
  if (page === undefined) return undefined
  if (token === undefined) throw new Error('this message needs a token')
  return `${tenant.issuer}/${page}#${token.reveal()}`
}

/** Where the link of a message leads; undefined: it has none. */
const PAGES: Readonly<Record<IdentityMessage['kind'], string | undefined>> = {
  verify_email: 'verify-email',
  already_registered: undefined,
  reset_password: 'reset-password',
  unlock_account: 'unlock',
  password_changed: undefined,
  invitation: 'invitation',
  confirm_email_change: 'confirm-email',
  email_in_use: undefined,
  email_change_requested: 'undo-email',
  email_changed: undefined,
  email_change_undone: undefined,
}
