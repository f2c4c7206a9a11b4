import type { ClientId, Id, RequestId, SessionId, TenantId, UserId } from '../../kernel/index.ts'
import type { SharedSignalType, SignalType } from './event-types.ts'

export type StreamId = Id<'stm'>
/** Also the `jti` of the security event token that the signal becomes. */
export type SignalId = Id<'set'>

/** SSF §8.1.2. `paused` holds events back, `disabled` loses them. */
export type StreamStatus = 'enabled' | 'paused' | 'disabled'
/** Who set a status: what an administrator disabled, the receiver can't enable. */
export type StatusAuthor = 'receiver' | 'administrator' | 'transmitter'

/** How a receiver gets its events: RFC 8935, or RFC 8936. */
export type Delivery =
  | { readonly method: 'push'; readonly endpointUrl: string; readonly sealed: Buffer | undefined }
  | { readonly method: 'poll' }

export interface Stream {
  readonly id: StreamId
  readonly clientId: ClientId
  readonly description: string | undefined
  readonly delivery: Delivery
  /** As the receiver wrote them; of those that we do not know, nothing comes. */
  readonly eventsRequested: readonly string[]
  readonly eventsDelivered: readonly SharedSignalType[]
  readonly status: StreamStatus
  readonly statusBy: StatusAuthor
  readonly statusReason: string | undefined
  readonly createdAt: Date
}

/** An administrator disabled it: its receiver neither enables nor replaces it. */
export function isLocked({ status, statusBy }: Pick<Stream, 'status' | 'statusBy'>): boolean {
  return status === 'disabled' && statusBy === 'administrator'
}

/** What administrators see of a stream beside what its receiver sees. */
export interface StreamState extends Stream {
  /** Events that wait, as far as they were counted. */
  readonly pending: number
  readonly lastError: string | undefined
  readonly lastErrorAt: Date | undefined
  readonly deliveredAt: Date | undefined
}

/** One thing that is to be told on one stream. */
export interface Signal {
  readonly id: SignalId
  readonly type: SignalType
  readonly userId: UserId | undefined
  readonly sessionId: SessionId | undefined
  readonly facts: Readonly<Record<string, unknown>>
  readonly requestId: RequestId | undefined
  readonly occurredAt: Date
}

/** Which stream of whom: what a job carries. */
export interface StreamRef {
  readonly tenantId: TenantId
  readonly streamId: StreamId
}
