import type { UserContext, UserId } from '../../kernel/index.ts'
import { administerUser } from '../access/index.ts'
import { record, recordRefusal } from '../audit/index.ts'
import { deviceErrors } from './errors.ts'
import type { DeviceDependencies } from './dependencies.ts'
import type { DeviceId } from './model.ts'
import { deleteDevice } from './store.ts'

/**
 * Forgets a device of a user, ends its trust and every session that began on it.
 * @throws device_not_found for the device of somebody else and for one that does not exist, alike;
 * user_exceeds_own_permissions
 */
export async function removeDevice(
  { database, removal }: DeviceDependencies,
  context: UserContext,
  { userId, id }: { readonly userId: UserId; readonly id: DeviceId },
): Promise<void> {
  const target = { kind: 'device', id }
  const isRemoved = await administerUser(database, context, userId, async (tx) => {
    // The device before its sessions, as a sign-in locks them.
    const deviceHash = await deleteDevice(tx, userId, id)
    if (deviceHash === undefined) return false
    await removal.deviceRemoved(tx, context, { userId, deviceHash })
    const details = { user: userId }
    await record(tx, context, { action: 'device.removed', outcome: 'success', target, details })
    return true
  })
  if (isRemoved) return
  await recordRefusal(database, context, { action: 'device.removal_refused', target })
  throw deviceErrors.device_not_found()
}
