import { randomBytes } from 'node:crypto'
import {
  createDeviceCookies,
  createDevices,
  type NewDeviceMessage,
  type SignedInDevice,
} from '../../src/domains/devices/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { PresentedDevice, RequestSource, UserId } from '../../src/kernel/index.ts'
import type { StoreWorld } from './describe-store.ts'
import { fakePlaces } from './fake-places.ts'

/** Devices without a server around them: what they tell others is kept in lists. */
export function openDevices(world: StoreWorld) {
  const messages: NewDeviceMessage[] = []
  const removed: Buffer[] = []
  const devices = createDevices({
    database: world.database,
    cookies: createDeviceCookies([randomBytes(32)]),
    places: fakePlaces({ '203.0.113.9': { place: 'Bern, Switzerland' } }),
    messages: { send: async (_tx, _context, message) => void messages.push(message) },
    removal: {
      deviceRemoved: async (_tx, _context, { deviceHash }) => void removed.push(deviceHash),
    },
  })
  /** A completed sign-in in a browser that brings this device, or none. */
  const signIn = (
    tenant: Tenant,
    userId: UserId,
    browser: {
      readonly device?: PresentedDevice | undefined
      readonly isTrusted?: boolean
      readonly source?: Partial<RequestSource>
    } = {},
  ): Promise<SignedInDevice> => {
    const { device, isTrusted = false, source } = browser
    const context = world.context(tenant, { source: { ...HOME, ...source, device } })
    return world.database.withTenant(tenant.id, (tx) =>
      devices.within.note(tx, context, { userId, isTrusted }),
    )
  }
  return { devices, messages, removed, signIn }
}

export const HOME: RequestSource = { ip: '192.0.2.1', userAgent: 'curl/8.0' }
