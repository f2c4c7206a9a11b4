import type { Id } from '../../kernel/index.ts'

export type DeviceId = Id<'dev'>

/** A browser that a user has signed in with. */
export interface Device {
  readonly id: DeviceId
  readonly hash: Buffer
  /** Made from what the client told; never trusted for a decision. */
  readonly label: string
  readonly sourceIp: string
  readonly place: string | undefined
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  /** Until when it goes without the second factor; undefined: it does not. */
  readonly trustedUntil: Date | undefined
}
