import type { RequestContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import type { FactorDependencies } from '../dependencies.ts'
import type { FactorMessage } from '../ports.ts'
import type { FactorOwner } from '../store.ts'

export interface FactorNotice extends Pick<FactorMessage, 'kind' | 'factor'> {
  readonly owner: FactorOwner
}

/** Always to the address of the account: a thief must not be able to change factors in silence. */
export function sendFactorMessage(
  { messages }: Pick<FactorDependencies, 'messages'>,
  tx: Tx,
  context: RequestContext,
  { owner, kind, factor }: FactorNotice,
): Promise<void> {
  return messages.send(tx, context, { kind, factor, to: owner.emailKey, locale: owner.locale })
}
