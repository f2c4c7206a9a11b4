import { z } from 'zod'
import type { SessionId } from '../../kernel/index.ts'
import { chosenNameSchema } from '../../platform/http/index.ts'
import type { ListedSession } from './model.ts'

export const sessionSchema = z.object({
  id: z.string(),
  /** True for the session that asks. */
  current: z.boolean(),
  /** Of the list of devices; absent if the device was forgotten. */
  device_id: z.string().optional(),
  /** What its user calls it; absent if they gave it no name. */
  name: z.string().optional(),
  device_label: z.string(),
  transport: z.enum(['bearer', 'cookie']),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  ip: z.string(),
  /** Where the device was last, roughly; only where the operator configured a file of places. */
  place: z.string().optional(),
})

/** `null` takes the name away. */
export const renameSessionSchema = z.strictObject({ name: chosenNameSchema.nullable() })

export function presentSession(
  session: ListedSession,
  current: SessionId,
): z.input<typeof sessionSchema> {
  return {
    id: session.id,
    current: session.id === current,
    ...(session.deviceId === undefined ? {} : { device_id: session.deviceId }),
    ...(session.name === undefined ? {} : { name: session.name }),
    device_label: session.deviceLabel,
    transport: session.transport,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.idleExpiresAt.toISOString(),
    ip: session.sourceIp,
    ...(session.place === undefined ? {} : { place: session.place }),
  }
}
