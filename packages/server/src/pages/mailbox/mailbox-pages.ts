import type { StaticPage } from '../../platform/http/index.ts'
import { type Mailbox, type MailboxEntry, parseEmailAddress } from '../../platform/mail/index.ts'
import { parsePhoneNumber } from '../../platform/sms/index.ts'
import { mailboxStylesheet } from './mailbox-stylesheet.ts'
import { renderMailboxPage } from './render-mailbox-page.ts'

/**
 * Where mail lands in development. WARNING: it shows reset links to whoever asks; `dev` only.
 */
export function mailboxPages(mailbox: Mailbox): readonly StaticPage[] {
  return [
    {
      path: '/dev/mail',
      contentType: 'text/html; charset=utf-8',
      render: async ({ to }) => renderMailboxPage(entriesFor(mailbox, to), to),
    },
    {
      path: '/dev/mail.json',
      contentType: 'application/json; charset=utf-8',
      render: async ({ to }) => JSON.stringify({ data: entriesFor(mailbox, to).map(present) }),
    },
    {
      path: '/dev/mail.css',
      contentType: 'text/css; charset=utf-8',
      render: async () => mailboxStylesheet,
    },
  ]
}

function entriesFor(mailbox: Mailbox, to: unknown): readonly MailboxEntry[] {
  // A query that names `to` twice arrives as a list.
  if (typeof to !== 'string' || to === '') return mailbox.list()
  // In a query a plus stands for a space.
  const number = parsePhoneNumber(to.replace(/^ /, '+'))
  if (number !== undefined) return mailbox.list({ to: number })
  const address = parseEmailAddress(to)
  return address === undefined ? [] : mailbox.list({ to: address })
}

function present({ number, to, subject, text, sentAt }: MailboxEntry) {
  return { number, to, subject, text, sent_at: sentAt.toISOString() }
}
