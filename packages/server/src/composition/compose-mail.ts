import type { RequestContext } from '../kernel/index.ts'
import { formatTime } from '../pages/language/format-time.ts'
import { chooseLanguage, type Language } from '../pages/language/languages.ts'
import { fill, type Texts } from '../pages/language/texts.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Tx } from '../platform/db/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'

export interface ComposedMail {
  readonly kind: keyof Texts['mail']['messages']
  /** In canonical form. */
  readonly to: string
  /** Of the user; undefined: what the request asks for. */
  readonly locale: string | undefined
  readonly link?: string | undefined
  readonly until?: Date | undefined
  /** What else the text names. */
  readonly values?: (language: Language) => Readonly<Record<string, string>>
}

/** Queues a message in the words of who gets it, in the transaction that causes it. */
export async function queueMail(
  outbox: Pick<Outbox, 'enqueueMail'>,
  tx: Tx,
  context: RequestContext,
  mail: ComposedMail,
): Promise<void> {
  const to = parseEmailAddress(mail.to)
  if (to === undefined) throw new Error('a stored address is not an address')
  const language = languageFor(context, mail.locale)
  const { messages, valid, validUntil } = language.texts.mail
  const { subject, lines } = messages[mail.kind]
  const until = mail.until === undefined ? undefined : formatTime(language.tag, mail.until)
  const values = {
    tenant: displayNameOf(context),
    time: formatTime(language.tag, context.clock.now()),
    validity: until === undefined ? valid : fill(validUntil, { until }),
    ...(until === undefined ? {} : { until }),
    ...(mail.link === undefined ? {} : { link: mail.link }),
    ...mail.values?.(language),
  }
  const text = `${lines.map((line) => fill(line, values)).join('\n')}\n`
  await outbox.enqueueMail(tx, context, { to, subject: fill(subject, values), text })
}

/** What the user chose, else what the request asks for: often it is theirs. */
export function languageFor({ source }: RequestContext, locale: string | undefined): Language {
  return chooseLanguage([...(locale === undefined ? [] : [locale]), ...(source.languages ?? [])])
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
