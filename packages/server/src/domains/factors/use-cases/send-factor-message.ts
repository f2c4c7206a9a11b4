import type { RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorMessage } from '../ports.ts'
import type { FactorOwner } from '../store.ts'

/** Always to the address of the account: a thief must not be able to change factors in silence. */
export function sendFactorMessage(
  { messages }: Pick<FactorDependencies, 'messages'>,
  tx: Tx,
  context: RequestContext,
  { owner, kind }: { readonly owner: FactorOwner; readonly kind: FactorMessage['kind'] },
): Promise<void> {
  return messages.send(tx, context, { kind, to: owner.emailKey, locale: owner.locale })
}
