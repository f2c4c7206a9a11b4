import { z } from 'zod'
import type { SessionId } from '../../kernel/index.ts'
import type { Session } from './model.ts'

export const sessionSchema = z.object({
  id: z.string(),
  /** True for the session that asks. */
  current: z.boolean(),
  device_label: z.string(),
  transport: z.enum(['bearer', 'cookie']),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  ip: z.string(),
})

export function presentSession(
  session: Session,
  current: SessionId,
): z.input<typeof sessionSchema> {
  return {
    id: session.id,
    current: session.id === current,
    device_label: session.deviceLabel,
    transport: session.transport,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.idleExpiresAt.toISOString(),
    ip: session.sourceIp,
  }
}
