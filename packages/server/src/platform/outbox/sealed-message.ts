import type { OutboxId, TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../crypto/index.ts'
import type { OutgoingMail } from '../mail/index.ts'
import type { OutgoingSms } from '../sms/index.ts'

/** Which row of whom: what a job carries. */
export interface OutboxRef {
  readonly tenantId: TenantId
  readonly id: OutboxId
}

export interface ExpiringSms extends OutgoingSms {
  /** ISO 8601; afterwards it is not sent any more. */
  readonly expiresAt: string
}

export type OutboxMessage =
  | { readonly kind: 'mail'; readonly mail: OutgoingMail }
  | { readonly kind: 'sms'; readonly sms: ExpiringSms }

export function sealMessage(sealer: Sealer, ref: OutboxRef, message: OutboxMessage): Buffer {
  const content = message.kind === 'mail' ? message.mail : message.sms
  return sealer.seal(JSON.stringify(content), purposeOf(ref, message.kind))
}

/** @throws UnsealError if the row was moved to another tenant or id, or changed */
export function unsealMessage(
  sealer: Sealer,
  ref: OutboxRef,
  { kind, sealed }: { readonly kind: OutboxMessage['kind']; readonly sealed: Buffer },
): OutboxMessage {
  const content: unknown = JSON.parse(sealer.unseal(sealed, purposeOf(ref, kind)).toString())
  return kind === 'mail'
    ? { kind, mail: content as OutgoingMail }
    : { kind, sms: content as ExpiringSms }
}

/** A message of one kind does not open as one of the other. */
function purposeOf({ tenantId, id }: OutboxRef, kind: OutboxMessage['kind']) {
  const purpose = kind === 'mail' ? 'outbox' : 'outbox_sms'
  return { purpose, tenant: tenantId, subject: id }
}
