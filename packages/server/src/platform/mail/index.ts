export { checkMail, isMailSender, parseMailSender, type MailSender } from './check-mail.ts'
export { type EmailAddress, parseEmailAddress } from './email-address.ts'
export {
  MailSendError,
  type MailTransport,
  type OutgoingMail,
} from './mail-transport.ts'
export { createMailbox, type Mailbox, type MailboxEntry } from './mailbox.ts'
export { createSmtpTransport, type SmtpTransport } from './smtp-transport.ts'
