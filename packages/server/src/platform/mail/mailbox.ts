import { type Clock, systemClock } from '../../kernel/index.ts'
import { checkMail } from './check-mail.ts'
import type { MailTransport } from './mail-transport.ts'

/** What lies in it: mail, or an SMS to a number. */
export interface MailboxMessage {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
}

export interface MailboxEntry extends MailboxMessage {
  /** Counts up from 1 in the life of the process. */
  readonly number: number
  readonly sentAt: Date
}

/** In-memory transport of development; what it holds is shown at /dev/mail. */
export interface Mailbox extends MailTransport {
  /** Puts a message of another kind beside the mail. */
  keep(message: MailboxMessage): void
  /** Newest first; with `to`, only what went to that address or number. */
  list(filter?: { readonly to?: string }): readonly MailboxEntry[]
}

export interface MailboxOptions {
  readonly clock?: Clock
  /** Older mail is forgotten beyond this many; default 500. */
  readonly capacity?: number
}

export function createMailbox(options: MailboxOptions = {}): Mailbox {
  const { clock = systemClock, capacity = 500 } = options
  const entries: MailboxEntry[] = []
  let count = 0
  const keep = (message: MailboxMessage) => {
    count += 1
    entries.unshift({ ...message, number: count, sentAt: clock.now() })
    entries.length = Math.min(entries.length, capacity)
  }
  return {
    send: async (mail) => {
      checkMail(mail)
      keep(mail)
    },
    keep,
    list: (filter = {}) => {
      const to = filter.to?.toLowerCase()
      return to === undefined ? [...entries] : entries.filter((entry) => entry.to === to)
    },
  }
}
