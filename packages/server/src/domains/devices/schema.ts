import { z } from 'zod'
import type { PresentedDevice } from '../../kernel/index.ts'
import type { Device } from './model.ts'

export const deviceSchema = z.object({
  id: z.string(),
  /** True for the device that asks. */
  current: z.boolean(),
  label: z.string(),
  ip: z.string(),
  /** Where its address is, roughly; only where the operator configured a file of places. */
  place: z.string().optional(),
  first_seen_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  /** Until then no second factor is asked for on it. */
  trusted_until: z.iso.datetime().optional(),
})

export function presentDevice(
  device: Device,
  current: PresentedDevice | undefined,
): z.input<typeof deviceSchema> {
  const { place, trustedUntil } = device
  return {
    id: device.id,
    current: current?.hash.equals(device.hash) ?? false,
    label: device.label,
    ip: device.sourceIp,
    ...(place === undefined ? {} : { place }),
    first_seen_at: device.firstSeenAt.toISOString(),
    last_seen_at: device.lastSeenAt.toISOString(),
    ...(trustedUntil === undefined ? {} : { trusted_until: trustedUntil.toISOString() }),
  }
}
