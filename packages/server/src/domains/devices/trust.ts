import type { RequestContext, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { record } from '../audit/index.ts'
import { endTrustOfUser, isTrusted } from './store.ts'

/**
 * Whether the user proved a second factor on this very device not long ago, and chose to be asked
 * for none on it for a while. It stands for nothing else: not for a step-up, not for an `acr`.
 */
export async function isDeviceTrusted(
  tx: Tx,
  context: RequestContext,
  userId: UserId,
): Promise<boolean> {
  const { device } = context.source
  if (device === undefined || context.tenant.policy.trustedDevice.milliseconds <= 0) return false
  const now = context.clock.now()
  return isTrusted(tx, { userId, hash: device.hash, now }, oldestTrust(context))
}

/** A tenant that shortens the trust shortens it for devices that are trusted already. */
export function oldestTrust({ tenant, clock }: RequestContext): Date {
  return new Date(clock.now().getTime() - tenant.policy.trustedDevice.milliseconds)
}

/**
 * In the transaction that changes a credential: what was proven with the old one is proven no more.
 * The devices stay known, so that their owner keeps a budget of attempts that strangers can't use up.
 */
export async function endDeviceTrust(
  tx: Tx,
  context: RequestContext,
  { userId, reason }: { readonly userId: UserId; readonly reason: string },
): Promise<void> {
  const count = await endTrustOfUser(tx, userId)
  if (count === 0) return
  await record(tx, context, {
    action: 'device.trust_ended',
    outcome: 'success',
    target: { kind: 'user', id: userId },
    details: { reason, count },
  })
}
