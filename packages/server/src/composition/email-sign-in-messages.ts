import type { EmailSignInMessagePort } from '../domains/sign-in/index.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { displayNameOf } from './mail-text.ts'

/** Turns a sign-in by mail into the mail, queued in the transaction that makes its secret. */
export function createEmailSignInMessages(
  outbox: Pick<Outbox, 'enqueueMail'>,
): EmailSignInMessagePort {
  return {
    send: async (tx, context, { kind, to: address, secret, expiresAt }) => {
      const to = parseEmailAddress(address)
      if (to === undefined) throw new Error('a stored address is not an address')
      const name = displayNameOf(context)
      // The token travels in the fragment, as those of other links.
      const proof =
        kind === 'link'
          ? `${context.tenant.issuer}/magic-link#${secret.reveal()}`
          : `Your code: ${secret.reveal()}`
      const lines = [
        kind === 'link' ? `Sign in to ${name}:` : `Sign in to ${name} with this code:`,
        '',
        proof,
        '',
        `It works once, until ${expiresAt.toUTCString()}, for the one who asked for it.`,
        'Never pass it on. If you did not ask for it, ignore this message.',
      ]
      await outbox.enqueueMail(tx, context, {
        to,
        subject: kind === 'link' ? `Your link to sign in to ${name}` : `Your code for ${name}`,
        text: `${lines.join('\n')}\n`,
      })
    },
  }
}
