import type { RequestContext, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'

export interface NewDeviceMessage {
  /** In canonical form. */
  readonly to: string
  /** BCP 47. */
  readonly locale: string | undefined
  readonly label: string
  readonly place: string | undefined
}

/** Queues a message in the transaction of the sign-in that causes it. */
export interface DeviceMessagePort {
  send(tx: Tx, context: RequestContext, message: NewDeviceMessage): Promise<void>
}

/** Called in the transaction that removes a device. Must end every session that began on it. */
export interface DeviceRemovalPort {
  deviceRemoved(
    tx: Tx,
    context: RequestContext,
    removed: { readonly userId: UserId; readonly deviceHash: Buffer },
  ): Promise<void>
}
