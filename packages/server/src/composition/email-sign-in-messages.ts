import type { EmailSignInMessagePort } from '../domains/sign-in/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { queueMail } from './compose-mail.ts'

/** Turns a sign-in by mail into the mail, queued in the transaction that makes its secret. */
export function createEmailSignInMessages(
  outbox: Pick<Outbox, 'enqueueMail'>,
): EmailSignInMessagePort {
  return {
    send: (tx, context, { kind, to, secret, expiresAt, locale }) =>
      queueMail(outbox, tx, context, {
        kind: kind === 'link' ? 'sign_in_link' : 'sign_in_code',
        to,
        locale,
        until: expiresAt,
        // The token travels in the fragment, as those of other links.
        values: () =>
          kind === 'link'
            ? { link: `${context.tenant.issuer}/magic-link#${secret.reveal()}` }
            : { code: secret.reveal() },
      }),
  }
}
