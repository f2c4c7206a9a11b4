import type { DeviceRemovalPort } from '../devices/index.ts'
import { recordEnded } from './end-sessions.ts'
import { endSessionsOfDevice } from './store.ts'

/** A device that is forgotten is signed out: it was lost, or never the user's own. */
export const deviceRemoval: DeviceRemovalPort = {
  deviceRemoved: async (tx, context, { userId, deviceHash }) => {
    const ending = { userId, at: context.clock.now(), reason: 'device_removed' } as const
    const ended = await endSessionsOfDevice(tx, ending, deviceHash)
    if (ended.length > 0) await recordEnded(tx, context, ending, ended)
  },
}
