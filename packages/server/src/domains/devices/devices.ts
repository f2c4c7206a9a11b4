import type { RequestContext, UserContext, UserId } from '../../kernel/index.ts'
import type { Tx } from '../../platform/db/index.ts'
import { accessErrors } from '../access/index.ts'
import type { DeviceDependencies } from './dependencies.ts'
import type { DeviceCookies } from './device-cookie.ts'
import type { Device, DeviceId } from './model.ts'
import { noteDevice, type SignedInDevice } from './note-device.ts'
import { removeDevice } from './remove-device.ts'
import {
  deleteExpiredDevices,
  type DevicePage,
  findUserStatement,
  listDevicesStatement,
  toDevice,
} from './store.ts'
import { oldestTrust } from './trust.ts'

export interface Devices {
  readonly cookies: DeviceCookies
  /** Own devices, newest first. */
  list(context: UserContext, page: DevicePage): Promise<Device[]>
  /** @throws device_not_found */
  remove(context: UserContext, id: DeviceId): Promise<void>
  /** For an administrator. @throws user_not_found */
  listOfUser(context: UserContext, userId: UserId, page: DevicePage): Promise<Device[]>
  /** For an administrator. @throws device_not_found */
  removeOfUser(context: UserContext, userId: UserId, id: DeviceId): Promise<void>
  /** Forgets devices that nobody signed in on for long. @returns how many */
  purgeExpired(context: RequestContext): Promise<number>
  /** Parts of a larger change, for the domains above. */
  readonly within: {
    note(
      tx: Tx,
      context: RequestContext,
      signIn: { readonly userId: UserId; readonly isTrusted: boolean },
    ): Promise<SignedInDevice>
  }
}

export function createDevices(deps: DeviceDependencies): Devices {
  return {
    cookies: deps.cookies,
    list: (context, page) => listDevices(deps, context, context.principal.userId, page),
    remove: (context, id) => removeDevice(deps, context, { userId: context.principal.userId, id }),
    listOfUser: (context, userId, page) => listDevices(deps, context, userId, page),
    removeOfUser: (context, userId, id) => removeDevice(deps, context, { userId, id }),
    purgeExpired: (context) => purgeExpired(deps, context),
    within: { note: (tx, context, signIn) => noteDevice(deps, tx, context, signIn) },
  }
}

async function listDevices(
  { database }: DeviceDependencies,
  context: UserContext,
  userId: UserId,
  page: DevicePage,
): Promise<Device[]> {
  const asked = { userId, now: context.clock.now(), since: oldestTrust(context) }
  const [known, rows] = await database.tenantBatch(context.tenant.id, [
    findUserStatement(userId),
    listDevicesStatement(asked, page),
  ])
  if (known.length === 0) throw accessErrors.user_not_found()
  return rows.map(toDevice)
}

async function purgeExpired(
  { database }: DeviceDependencies,
  { tenant, clock }: RequestContext,
): Promise<number> {
  let deleted = 0
  for (;;) {
    const [rows] = await database.tenantBatch(tenant.id, [
      deleteExpiredDevices(clock.now(), ROWS_AT_A_TIME),
    ])
    deleted += rows.length
    if (rows.length < ROWS_AT_A_TIME) return deleted
  }
}

const ROWS_AT_A_TIME = 500
