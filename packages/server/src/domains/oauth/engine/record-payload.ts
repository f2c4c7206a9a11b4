import type { TenantId } from '../../../kernel/index.ts'
import { type Sealer, sha256 } from '../../../platform/crypto/index.ts'

/** What the engine keeps of one thing; its own ids and tokens are members of it. */
export type Payload = Record<string, unknown>

export interface RecordName {
  readonly tenant: TenantId
  readonly kind: string
  readonly idHash: Buffer
}

/** The kind is part of it: a value of one kind is never found as another (I2). */
export function hashRecordId(kind: string, id: string): Buffer {
  return sha256(`${kind}\0${id}`)
}

export function hashUserCode(userCode: string): Buffer {
  return sha256(`user_code\0${userCode}`)
}

/**
 * Payloads hold values that work (the code of a device, the parameters of a request), so a copy of
 * the database must not reveal them. Bound to the row: none can be moved to another.
 */
export function sealPayload(sealer: Sealer, name: RecordName, payload: object): Buffer {
  return sealer.seal(JSON.stringify(payload), purposeOf(name))
}

/** @throws UnsealError */
export function openPayload(sealer: Sealer, name: RecordName, sealed: Buffer): Payload {
  return JSON.parse(sealer.unseal(sealed, purposeOf(name)).toString()) as Payload
}

function purposeOf({ tenant, kind, idHash }: RecordName) {
  return { purpose: 'oauth_record', tenant, subject: `${kind}:${idHash.toString('hex')}` }
}
