import type { RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { IdentityDependencies } from '../dependencies.ts'
import type { User } from '../model.ts'
import type { IdentityMessage } from '../ports.ts'

/** Always to the address of the account, never to what a request says. */
export function sendMessage(
  { messages }: IdentityDependencies,
  tx: Tx,
  context: RequestContext,
  { user, ...content }: { user: User } & Omit<IdentityMessage, 'to' | 'locale'>,
): Promise<void> {
  const locale = user.locale === undefined ? {} : { locale: user.locale }
  return messages.send(tx, context, { ...content, to: user.emailKey, ...locale })
}
