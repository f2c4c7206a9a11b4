import type { OutboxId, TenantId } from '../../kernel/index.ts'
import type { Sealer } from '../crypto/index.ts'
import type { OutgoingMail } from '../mail/index.ts'

/** Which row of whom: what a job carries. */
export interface OutboxRef {
  readonly tenantId: TenantId
  readonly id: OutboxId
}

export function sealMail(sealer: Sealer, ref: OutboxRef, mail: OutgoingMail): Buffer {
  return sealer.seal(JSON.stringify(mail), purposeOf(ref))
}

/** @throws UnsealError if the row was moved to another tenant or id, or changed */
export function unsealMail(sealer: Sealer, ref: OutboxRef, sealed: Buffer): OutgoingMail {
  return JSON.parse(sealer.unseal(sealed, purposeOf(ref)).toString()) as OutgoingMail
}

function purposeOf({ tenantId, id }: OutboxRef) {
  return { purpose: 'outbox', tenant: tenantId, subject: id }
}
