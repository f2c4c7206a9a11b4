import { createTransport, type SendMailOptions } from 'nodemailer'
import type { Secret } from '../../kernel/index.ts'
import { checkMail, parseMailSender } from './check-mail.ts'
import { MailSendError, type MailTransport, type OutgoingMail } from './mail-transport.ts'

export interface SmtpTransport extends MailTransport {
  /** Closes idle connections; mail being sent is finished first. */
  close(): void
}

/**
 * Sends through the server of `url`: `smtp://user:password@host:587` or `smtps://…:465`.
 * WARNING: `?tls=none` sends mail, with its reset links, in clear text.
 * @param from an address or `Name <address>`
 * @throws TypeError when `url` or `from` is malformed
 */
export function createSmtpTransport(url: Secret<string>, from: string): SmtpTransport {
  const sender = parseMailSender(from)
  if (sender === undefined) throw new TypeError('sender is not an address or `Name <address>`')
  const transport = createTransport(connectionOptions(url))
  return {
    send: async (mail) => {
      checkMail(mail)
      try {
        await transport.sendMail(composeMail(sender, mail))
      } catch (error) {
        throw new MailSendError(isPermanent(error), error)
      }
    },
    close: () => transport.close(),
  }
}

function composeMail(
  sender: { name: string; address: string },
  mail: OutgoingMail,
): SendMailOptions {
  return {
    from: sender,
    // Objects are not parsed as lists, and the envelope is ours, not derived from headers.
    to: { name: '', address: mail.to },
    envelope: { from: sender.address, to: [mail.to] },
    subject: mail.subject,
    text: mail.text,
    ...(mail.html === undefined ? {} : { html: mail.html }),
    // RFC 3834 §5: asks vacation responders to stay silent.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function connectionOptions(secret: Secret<string>) {
  const url = URL.parse(secret.reveal())
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol)) {
    throw new TypeError('mail server is not an smtp: or smtps: URL')
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const clearTextAllowed = LOOPBACK_HOSTS.has(host) || url.searchParams.get('tls') === 'none'
  return {
    pool: true as const,
    maxConnections: 4,
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    // Attack: someone between removes STARTTLS from the greeting and reads the links.
    requireTLS: !secure && !clearTextAllowed,
    ...(url.username === '' ? {} : { auth: credentialsOf(url) }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
  }
}

function credentialsOf(url: URL): { user: string; pass: string } {
  return { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
}

function isPermanent(error: unknown): boolean {
  const status = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined
  return typeof status === 'number' && status >= 500 && status <= 599
}

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '::1'])
