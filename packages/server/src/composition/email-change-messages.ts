import type { IdentityMessage } from '../domains/identity/index.ts'
import type { RequestContext } from '../kernel/index.ts'
import { displayNameOf, linkTo, type MailText, validity } from './mail-text.ts'

type EmailChangeKind = Extract<IdentityMessage['kind'], `${string}email_${string}`>
type EmailChangeMessage = IdentityMessage & {
  readonly kind: Exclude<EmailChangeKind, 'verify_email'>
}

/** What the old and the new address are told when an address changes. */
export function renderEmailChange(context: RequestContext, message: EmailChangeMessage): MailText {
  const name = displayNameOf(context)
  switch (message.kind) {
    case 'confirm_email_change':
      return {
        subject: `Confirm your new e-mail address for ${name}`,
        lines: [
          `Somebody, probably you, wants to use this address for an account at ${name}:`,
          '',
          linkTo(context, 'confirm-email', message),
          '',
          validity(message),
          'If it was not you, ignore this message; nothing happens without the link.',
        ],
      }
    case 'email_in_use':
      return {
        subject: `This address has an account at ${name}`,
        lines: [
          `Somebody, probably you, wanted to use this address for another account at ${name}.`,
          'It has an account already, so nothing was changed. If it was not you, you need not do anything.',
        ],
      }
    case 'email_change_requested':
      return {
        subject: `Another e-mail address was asked for at ${name}`,
        lines: [
          `Somebody, probably you, asked to replace this address of your account at ${name} at ${context.clock.now().toUTCString()}.`,
          'If it was not you, stop it here, also if it has happened already; then reset your password:',
          '',
          linkTo(context, 'undo-email', message),
          '',
          validity(message),
        ],
      }
    case 'email_changed':
      return {
        subject: `Your e-mail address for ${name} was changed`,
        lines: [
          `Your account at ${name} has had another address since ${context.clock.now().toUTCString()}; this one can not be used there any more.`,
          'If it was not you, use the link of our message before this one and tell your administrator.',
        ],
      }
    case 'email_change_undone':
      return {
        subject: `Your e-mail address for ${name} stays as it was`,
        lines: [
          `This is the address of your account at ${name}, and everybody was signed out.`,
          'Reset your password now: whoever asked for another address was signed in.',
        ],
      }
  }
}
