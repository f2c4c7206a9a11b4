import type { IdentityMessage, MessagePort } from '../domains/identity/index.ts'
import type { RequestContext } from '../kernel/index.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'

interface MailText {
  readonly subject: string
  readonly lines: readonly string[]
}

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
    case 'email_change_requested':
    case 'email_change_undone':
    case 'email_changed':
    case 'email_in_use':
      return renderEmailChange(context, { ...message, kind: message.kind })
  }
}

type EmailChangeKind = Extract<IdentityMessage['kind'], `${string}email_${string}`>
type EmailChangeMessage = IdentityMessage & {
  readonly kind: Exclude<EmailChangeKind, 'verify_email'>
}

function renderEmailChange(context: RequestContext, message: EmailChangeMessage): MailText {
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

/**
 * The token travels in the fragment: it is sent to no server, so it lands in no log and in no
 * `Referer`. A mail scanner that fetches the link uses nothing up.
 */
function linkTo(context: RequestContext, page: string, { token }: IdentityMessage): string {
  if (token === undefined) throw new Error('this message needs a token')
  return `${context.tenant.issuer}/${page}#${token.reveal()}`
}

function validity({ expiresAt }: IdentityMessage): string {
  if (expiresAt === undefined) return 'The link works once.'
  return `The link works once, until ${expiresAt.toUTCString()}.`
}

/** Of the tenant, fit for a subject line. */
export function displayNameOf({ tenant }: RequestContext): string {
  const { name } = tenant as { name?: unknown }
  if (typeof name !== 'string') return tenant.slug
  // It stands in a subject line: no control character, no line separator, and not without end.
  const printable = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
  return Array.from(printable).slice(0, LONGEST_NAME).join('')
}

/** Characters of a tenant's name that a message shows. */
const LONGEST_NAME = 80
