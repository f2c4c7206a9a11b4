import type { FactorMessage, FactorMessagePort, StoredKind } from '../domains/factors/index.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { displayNameOf } from './mail-text.ts'

/** Turns changes of second factors into mail, queued in the transaction of the change. */
export function createFactorMessages(outbox: Pick<Outbox, 'enqueueMail'>): FactorMessagePort {
  return {
    send: async (tx, context, message) => {
      const to = parseEmailAddress(message.to)
      if (to === undefined) throw new Error('a stored address is not an address')
      const name = displayNameOf(context)
      const { subject, happened } = TEXTS[message.kind]
      const what = NAMES[message.factor ?? 'any']
      const lines = [
        `${happened.replace('{factor}', what)} your account at ${name} at ${context.clock.now().toUTCString()}.`,
        'If it was not you, change your password now and tell your administrator.',
      ]
      const text = `${lines.join('\n')}\n`
      await outbox.enqueueMail(tx, context, { to, subject: `${subject} ${name}`, text })
    },
  }
}

const TEXTS: Readonly<Record<FactorMessage['kind'], { subject: string; happened: string }>> = {
  factor_added: {
    subject: 'A second factor was added at',
    happened: '{factor} was added to',
  },
  factor_removed: {
    subject: 'A second factor was removed at',
    happened: 'A second factor was removed from',
  },
  backup_codes_made: {
    subject: 'New backup codes at',
    happened: 'New backup codes replaced the old ones of',
  },
  backup_code_used: {
    subject: 'A backup code was used at',
    happened: 'A backup code was used for',
  },
  clone_suspected: {
    subject: 'There may be a copy of your passkey or security key at',
    happened:
      'Somebody may have used a copy of a passkey or security key, which is blocked now, for',
  },
}

const NAMES: Readonly<Record<StoredKind | 'any', string>> = {
  any: 'A second factor',
  totp: 'An authenticator app',
  hotp: 'A token that shows codes',
  sms: 'A phone number for codes by SMS (which can be intercepted: an app or a passkey is safer)',
}
