import type { IdentityMessage } from '../domains/identity/index.ts'
import type { RequestContext } from '../kernel/index.ts'

export interface MailText {
  readonly subject: string
  readonly lines: readonly string[]
}

/**
 * The token travels in the fragment: it is sent to no server, so it lands in no log and in no
 * `Referer`. A mail scanner that fetches the link uses nothing up.
 */
export function linkTo(context: RequestContext, page: string, { token }: IdentityMessage): string {
  if (token === undefined) throw new Error('this message needs a token')
  return `${context.tenant.issuer}/${page}#${token.reveal()}`
}

export function validity({ expiresAt }: IdentityMessage): string {
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
