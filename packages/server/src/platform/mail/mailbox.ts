import { type Clock, systemClock } from '../../kernel/index.ts'
import { checkMail } from './check-mail.ts'
import type { MailTransport, OutgoingMail } from './mail-transport.ts'

export interface MailboxEntry extends OutgoingMail {
  /** Counts up from 1 in the life of the process. */
  readonly number: number
  readonly sentAt: Date
}

/** In-memory transport of development; what it holds is shown at /dev/mail. */
export interface Mailbox extends MailTransport {
  /** Newest first; with `to`, only mail to that address. */
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
  return {
    send: async (mail) => {
      checkMail(mail)
      count += 1
      entries.unshift({ ...mail, number: count, sentAt: clock.now() })
      entries.length = Math.min(entries.length, capacity)
    },
    list: (filter = {}) => {
      const to = filter.to?.toLowerCase()
      return to === undefined ? [...entries] : entries.filter((entry) => entry.to === to)
    },
  }
}
