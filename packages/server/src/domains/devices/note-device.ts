import {
  addDuration,
  fromUuid,
  newId,
  type PresentedDevice,
  type RequestContext,
  type UserId,
} from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import type { DeviceDependencies } from './dependencies.ts'
import { deviceLabel } from './device-label.ts'
import type { DeviceId } from './model.ts'
import { DEVICE_LIFETIME } from './policy.ts'
import { type NotedRow, noteEstablishedDevice, noteUnestablishedDevice } from './store.ts'

export interface SignedInDevice {
  readonly id: DeviceId
  /** What its cookie says from now on. */
  readonly device: PresentedDevice
  /** It brought its cookie, so it can be expected to bring it again. */
  readonly isEstablished: boolean
  /** The same user has signed in with it before. */
  readonly isKnown: boolean
}

/**
 * Notes the device of a sign-in that is complete, in its transaction, and tells the user if it is
 * not their first and was not known.
 *
 * SECURITY: the message does not depend on what the client says of itself. Attack: whoever stole a
 * password leaves the cookie away, or calls with a script, to stay unseen.
 * @param isTrusted the user asked to go without the second factor on it, and has just proven one
 */
export async function noteDevice(
  deps: DeviceDependencies,
  tx: Tx,
  context: RequestContext,
  { userId, isTrusted }: { readonly userId: UserId; readonly isTrusted: boolean },
): Promise<SignedInDevice> {
  const { device: presented, ip, userAgent } = context.source
  const device = presented ?? deps.cookies.make()
  const seenAt = context.clock.now()
  const trustedUntil = isTrusted ? trustEnd(context) : undefined
  const seen = {
    id: newId('dev'),
    userId,
    hash: device.hash,
    label: deviceLabel(userAgent),
    sourceIp: ip,
    place: deps.places?.find(ip),
    seenAt,
    expiresAt: addDuration(seenAt, DEVICE_LIFETIME),
    trustedUntil,
  }
  const isEstablished = presented !== undefined || trustedUntil !== undefined
  const noted = await tx.first(
    isEstablished ? noteEstablishedDevice(seen) : noteUnestablishedDevice(seen),
  )
  if (noted === undefined) throw new Error('a device was not written')
  const id = fromUuid('dev', noted.id)
  if (id === seen.id) await announce(deps, tx, context, { ...seen, noted })
  if (trustedUntil !== undefined) await recordTrust(tx, context, { id, userId, trustedUntil })
  const isKnown = presented !== undefined && id !== seen.id
  return { id, device, isEstablished: presented !== undefined, isKnown }
}

/** undefined where the tenant trusts no devices. */
function trustEnd({ tenant, clock }: RequestContext): Date | undefined {
  const { trustedDevice } = tenant.policy
  return trustedDevice.milliseconds > 0 ? addDuration(clock.now(), trustedDevice) : undefined
}

interface Announced {
  readonly id: DeviceId
  readonly userId: UserId
  readonly label: string
  readonly place: string | undefined
  readonly noted: NotedRow
}

async function announce(
  { messages }: DeviceDependencies,
  tx: Tx,
  context: RequestContext,
  { id, userId, label, place, noted }: Announced,
): Promise<void> {
  await record(tx, context, {
    action: 'device.added',
    outcome: 'success',
    actor: { userId },
    target: { kind: 'device', id },
    details: { label, is_further: noted.is_further },
  })
  if (!noted.is_further) return
  const { email_key: to, locale } = noted
  await messages.send(tx, context, { to, locale: locale ?? undefined, label, place })
}

async function recordTrust(
  tx: Tx,
  context: RequestContext,
  trust: { readonly id: DeviceId; readonly userId: UserId; readonly trustedUntil: Date },
): Promise<void> {
  await record(tx, context, {
    action: 'device.trusted',
    outcome: 'success',
    actor: { userId: trust.userId },
    target: { kind: 'device', id: trust.id },
    details: { until: trust.trustedUntil.toISOString() },
  })
}
