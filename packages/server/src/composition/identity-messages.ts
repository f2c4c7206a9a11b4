import type { IdentityMessage, MessagePort } from '../domains/identity/index.ts'
import type { RequestContext } from '../kernel/index.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { renderEmailChange } from './email-change-messages.ts'
import { displayNameOf, linkTo, type MailText, validity } from './mail-text.ts'

/** Turns what identity has to say into mail, queued in the transaction of the change. */
export function createIdentityMessages(outbox: Pick<Outbox, 'enqueueMail'>): MessagePort {
  return {
    send: async (tx, context, message) => {
      const to = parseEmailAddress(message.to)
      if (to === undefined) throw new Error('a stored address is not an address')
      const { subject, lines } = render(context, message)
      await outbox.enqueueMail(tx, context, { to, subject, text: `${lines.join('\n')}\n` })
    },
  }
}

function render(context: RequestContext, message: IdentityMessage): MailText {
  const name = displayNameOf(context)
  switch (message.kind) {
    case 'verify_email':
      return {
        subject: `Confirm your e-mail address for ${name}`,
        lines: [
          `Confirm that this address is yours to finish signing up at ${name}:`,
          '',
          linkTo(context, 'verify-email', message),
          '',
          validity(message),
          'If you did not sign up, ignore this message; nothing happens without the link.',
        ],
      }
    case 'already_registered':
      return {
        subject: `You already have an account at ${name}`,
        lines: [
          `Somebody, probably you, tried to sign up at ${name} with this address.`,
          'You already have an account: sign in, or reset your password if you forgot it.',
          'If it was not you, you need not do anything.',
        ],
      }
    case 'reset_password':
      return {
        subject: `Reset your password for ${name}`,
        lines: [
          `Choose a new password for ${name}:`,
          '',
          linkTo(context, 'reset-password', message),
          '',
          validity(message),
          'If you did not ask for it, ignore this message; your password stays as it is.',
        ],
      }
    case 'unlock_account':
      return unlockText(context, name, message)
    case 'password_changed':
      return {
        subject: `Your password for ${name} was changed`,
        lines: [
          `The password of your account at ${name} was changed at ${context.clock.now().toUTCString()}.`,
          'If it was not you, reset your password now and tell your administrator.',
        ],
      }
    case 'invitation':
      return invitationText(context, name, message)
    case 'confirm_email_change':
    case 'email_in_use':
    case 'email_change_requested':
    case 'email_changed':
    case 'email_change_undone':
      return renderEmailChange(context, { ...message, kind: message.kind })
  }
}

function invitationText(context: RequestContext, name: string, message: IdentityMessage): MailText {
  return {
    subject: `You are invited to ${name}`,
    lines: [
      `You were invited to ${name}. Choose a password to accept:`,
      '',
      linkTo(context, 'invitation', message),
      '',
      validity(message),
    ],
  }
}

function unlockText(context: RequestContext, name: string, message: IdentityMessage): MailText {
  return {
    subject: `Sign in again at ${name}`,
    lines: [
      `After several failed sign-ins your account at ${name} makes everyone wait.`,
      'This link ends the delay, if there is one, and changes nothing else:',
      '',
      linkTo(context, 'unlock', message),
      '',
      validity(message),
      'If you did not ask for it, ignore this message; your account stays protected.',
    ],
  }
}
