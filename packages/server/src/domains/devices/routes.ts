import { z } from 'zod'
import { minutes, type UserContext } from '../../kernel/index.ts'
import {
  defineRoute,
  pageOf,
  pageQuery,
  type Route,
  toPage,
  typedId,
} from '../../platform/http/index.ts'
import { accessErrors } from '../access/index.ts'
import type { Devices } from './devices.ts'
import { deviceErrors } from './errors.ts'
import type { Device } from './model.ts'
import { deviceSchema, presentDevice } from './schema.ts'

const rateLimit = { limit: 300, window: minutes(1), by: 'principal' } as const
const query = pageQuery.extend({ after: typedId('dev').optional() })
const tag = 'Sessions'

export interface DeviceRouteServices {
  readonly devices: Devices
}

export function deviceRoutes(services: DeviceRouteServices): readonly Route[] {
  return [
    listRoute(services),
    removeRoute(services),
    listOfUserRoute(services),
    removeOfUserRoute(services),
  ]
}

const listRoute = ({ devices }: DeviceRouteServices) =>
  defineRoute({
    id: 'listDevices',
    method: 'GET',
    path: '/api/auth/devices',
    tag,
    summary: 'List the devices that you have signed in on',
    auth: { kind: 'user' },
    audit: { none: 'a read of one’s own devices' },
    rateLimit,
    query,
    responses: { 200: { description: 'A page of devices', schema: pageOf(deviceSchema) } },
    errors: [accessErrors.user_not_found],
    handler: async (context, { query: { after, limit } }) => ({
      status: 200,
      body: present(context, await devices.list(context, { after, limit: limit + 1 }), limit),
    }),
  })

const removeRoute = ({ devices }: DeviceRouteServices) =>
  defineRoute({
    id: 'removeDevice',
    method: 'DELETE',
    path: '/api/auth/devices/{device_id}',
    tag,
    summary: 'Forget one of your devices',
    description:
      'Needs a recent authentication. Ends its sessions, and what it was trusted for. This device may be named too.',
    auth: { kind: 'user', maxAge: 'recent' },
    audit: { events: ['device.removed', 'session.several_ended', 'device.removal_refused'] },
    rateLimit,
    params: z.strictObject({ device_id: typedId('dev') }),
    responses: { 204: { description: 'The device is forgotten' } },
    errors: [deviceErrors.device_not_found],
    handler: async (context, { params: { device_id } }) => {
      await devices.remove(context, device_id)
      return { status: 204 }
    },
  })

const listOfUserRoute = ({ devices }: DeviceRouteServices) =>
  defineRoute({
    id: 'listUserDevices',
    method: 'GET',
    path: '/api/admin/users/{user_id}/devices',
    tag,
    summary: 'List the devices that a user has signed in on',
    auth: { kind: 'permission', permission: 'sessions.read' },
    audit: { none: 'a read of what the administrator looks after' },
    rateLimit,
    params: z.strictObject({ user_id: typedId('usr') }),
    query,
    responses: { 200: { description: 'A page of devices', schema: pageOf(deviceSchema) } },
    errors: [accessErrors.user_not_found],
    handler: async (context, { params: { user_id }, query: { after, limit } }) => {
      const found = await devices.listOfUser(context, user_id, { after, limit: limit + 1 })
      return { status: 200, body: present(context, found, limit) }
    },
  })

const removeOfUserRoute = ({ devices }: DeviceRouteServices) =>
  defineRoute({
    id: 'removeUserDevice',
    method: 'DELETE',
    path: '/api/admin/users/{user_id}/devices/{device_id}',
    tag,
    summary: 'Forget a device of a user',
    auth: { kind: 'permission', permission: 'sessions.write' },
    audit: {
      events: [
        'device.removed',
        'session.several_ended',
        'device.removal_refused',
        'user.administration_refused',
      ],
    },
    rateLimit,
    params: z.strictObject({ user_id: typedId('usr'), device_id: typedId('dev') }),
    responses: { 204: { description: 'The device is forgotten' } },
    errors: [deviceErrors.device_not_found, accessErrors.user_exceeds_own_permissions],
    handler: async (context, { params: { user_id, device_id } }) => {
      await devices.removeOfUser(context, user_id, device_id)
      return { status: 204 }
    },
  })

function present(context: UserContext, found: readonly Device[], limit: number) {
  const page = toPage(found, limit)
  const { device } = context.source
  return { data: page.items.map((one) => presentDevice(one, device)), next: page.next }
}
