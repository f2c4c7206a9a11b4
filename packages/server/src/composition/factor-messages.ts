import type { FactorMessagePort } from '../domains/factors/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { queueMail } from './compose-mail.ts'

/** Turns changes of second factors into mail, queued in the transaction of the change. */
export function createFactorMessages(outbox: Pick<Outbox, 'enqueueMail'>): FactorMessagePort {
  return {
    send: (tx, context, { kind, to, locale, factor }) =>
      queueMail(outbox, tx, context, {
        kind,
        to,
        locale,
        values: ({ texts }) => ({ factor: texts.mail.factors[factor ?? 'any'] }),
      }),
  }
}
